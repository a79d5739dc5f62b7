import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { operations } from '../../lambdas/api/operations.ts';

const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');

it('the API page names every operation, and no other', () => {
  const named = [...page.matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/[^`? ]*)/g)].map(
    ([, verb, path]) => `${verb} ${path}`,
  );
  const existing = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);

  expect([...new Set(named)].sort()).toEqual([...existing].sort());
});
