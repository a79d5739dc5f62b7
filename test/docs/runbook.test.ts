import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { operations } from '../../lambdas/api/operations.ts';
import { SAVED_QUERIES } from '../../lib/observability/saved-queries.ts';
import { ALARMS, linkOf, OTHER_SIGNALS } from '../../lib/observability/sections.ts';
import { stages } from '../../lib/stage.ts';
import { alarmsOf } from '../stacks/alarms.ts';
import { synthesise } from '../stacks/synthesised.ts';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const page = read('docs/runbook.md');
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n'))]),
);
/** As GitHub makes it. */
const anchorOf = (title: string) =>
  title
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
const signals = { ...ALARMS, ...OTHER_SIGNALS };

describe('the runbook', () => {
  it('has a section for every alarm, and no other sections', () => {
    expect([...sections.keys()].toSorted()).toEqual([...new Set(Object.values(signals))].toSorted());
    expect([...sections.keys()][0]).toBe('Start here');
  });

  it('names the alarm in its section, and is linked from it', () => {
    for (const [name, title] of Object.entries(signals)) {
      expect(sections.get(title), name).toContain(`\`${name}\``);
      expect(linkOf(stages.prod, name as keyof typeof signals)).toBe(`docs/runbook.md#${anchorOf(title)}`);
    }
    for (const [name, { AlarmName }] of Object.entries(alarmsOf(synthesise('prod')))) {
      expect(AlarmName).toBe(`Postrider-prod-${name}`);
    }
  });

  it('says in each section what users notice, how to look, how to mend, and when it is over', () => {
    for (const [title, text] of sections) {
      expect(text, title).toContain('**Users notice**');
      expect(text, title).toContain('**It is over** ');
      if (title !== 'Start here') expect(text, title).toMatch(/\*\*Look\*\*[\s\S]*\*\*Mend\*\*/);
    }
  });

  it('has no broken links', () => {
    const titles = [...page.matchAll(/^#{2,3} (.+)$/gm)].map(([, title = '']) => anchorOf(title));
    for (const [, file = '', anchor = ''] of page.matchAll(/\]\(([\w.-]*)(?:#([\w-]+))?\)/g)) {
      const known =
        file === '' ? titles : [...read(`docs/${file}`).matchAll(/^#{1,4} (.+)$/gm)].map(([, t = '']) => anchorOf(t));
      if (anchor !== '') expect(known, `${file}#${anchor}`).toContain(anchor);
    }
  });

  it('names saved queries, commands and operations that exist', () => {
    const queries = [...page.matchAll(/[Ss]aved quer(?:y|ies) `([^`]+)`(?: and `([^`]+)`)?/g)].flatMap(([, a, b]) => [
      a,
      b,
    ]);
    const names: (string | undefined)[] = SAVED_QUERIES.map(({ name }) => name);
    for (const query of queries) if (query !== undefined) expect(names).toContain(query);
    expect(new Set(queries).size).toBeGreaterThan(5);

    const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
    for (const [, script = ''] of page.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toContain(script);

    const paths = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    const named = page.matchAll(/(GET|POST|PATCH|PUT|DELETE) '?(\/[^\s'`?]+)/g);
    for (const [, method, path = ''] of named)
      expect(paths).toContain(`${method} ${path.replaceAll(/<\w+>/g, '{id}')}`);
  });
});
