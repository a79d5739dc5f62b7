import { describe, expect, it } from 'vitest';
import { operations } from '../../lambdas/api/operations.ts';
import { target } from './targets/api.ts';

/** Publishing is another function's, which has a target of its own. */
const PUBLISHING = ['POST /v1/events', 'POST /v1/iam/events'];
/** Only the gateway says who signed a request; the target is behind it. */
const SIGNING_IN = ['POST /v1/iam/sessions/admin', 'POST /v1/iam/sessions/viewer'];
/** The world of the target has none of these, so they are not found. */
const NOT_THERE = [
  'GET /v1/event-types/{name}',
  'DELETE /v1/event-types/{name}',
  'GET /v1/keys/{id}',
  'DELETE /v1/keys/{id}',
  'GET /v1/unreadable/{id}',
];

describe('the seeds of the fuzzer of the API', () => {
  it('reach the work of every operation, with a body or filters if it has any', async () => {
    const outcomes = new Map<string, string[]>();
    for (const seed of target.seeds) {
      const outcome = (await target.check(seed)) ?? '';
      const [method, route, status = ''] = outcome.split(' ');
      const name = `${method} ${route}`;
      outcomes.set(name, [...(outcomes.get(name) ?? []), status]);
    }
    const unreached = operations
      .map(({ method, path }) => `${method.toUpperCase()} ${path}`)
      .filter((name) => !outcomes.get(name)?.some((status) => status.startsWith('2')));
    expect(unreached.sort()).toEqual([...PUBLISHING, ...SIGNING_IN, ...NOT_THERE].sort());
    for (const name of NOT_THERE) expect(outcomes.get(name), name).toEqual(['404']);
  });
});
