import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { release } from '../../tools/changelog.ts';

const HEAD = '# Changelog\n\n## [Unreleased]\n';
const FIRST = '\n## [0.1.0] - 2026-01-02\n\n- The first.\n';

it('moves what is unreleased under the new version, and keeps the older ones', () => {
  const after = release(`${HEAD}\n### Fixed\n\n- A bug.\n${FIRST}`, '0.1.1', '2026-02-03');

  expect(after).toBe(`${HEAD}\n## [0.1.1] - 2026-02-03\n\n### Fixed\n\n- A bug.\n${FIRST}`);
});

it('releases the first version', () => {
  expect(release(`${HEAD}\n- All of it.\n`, '0.1.0', '2026-02-03')).toBe(
    `${HEAD}\n## [0.1.0] - 2026-02-03\n\n- All of it.\n`,
  );
});

it.each([`${HEAD}${FIRST}`, HEAD])('refuses to release nothing', (changelog) => {
  expect(() => release(changelog, '0.1.1', '2026-02-03')).toThrow('nothing under "Unreleased"');
});

it('refuses a changelog without the line for what is unreleased', () => {
  expect(() => release(`# Changelog\n${FIRST}`, '0.1.1', '2026-02-03')).toThrow('## [Unreleased]');
});

it('names the version of the manifests as the newest release', () => {
  const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
  const newest = /^## \[(\d.*)\]/m.exec(read('CHANGELOG.md'))?.[1];

  for (const name of ['package.json', 'client/package.json']) expect(JSON.parse(read(name)).version).toBe(newest);
});
