import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { METRICS } from '../../lambdas/runtime/metrics.ts';

const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

it('docs/operations.md has every metric, with its unit', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| /gm)].map(([, name, unit]) => [name, unit]);

  expect(Object.fromEntries(rows)).toEqual(METRICS);
  expect(rows).toHaveLength(Object.keys(METRICS).length);
});
