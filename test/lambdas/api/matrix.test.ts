import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Operation } from '../../../lambdas/api/operation.ts';
import { operations } from '../../../lambdas/api/operations.ts';
import { AcmeWorld, UNKNOWN } from './matrix/acme.ts';
import { CALLERS } from './matrix/callers.ts';
import { expected } from './matrix/expected.ts';
import { publishBy } from './matrix/publish.ts';
import { ROWS, type Row } from './matrix/rows.ts';

// An operation without a row fails the first test; the others still run.
const known = operations.filter(({ name }) => ROWS[name] !== undefined);
const served = known.filter(({ servedByIngest }) => !servedByIngest);
const refusal = z.strictObject({ type: z.string(), title: z.string(), status: z.number(), detail: z.string() });
const label = ({ method, path }: Operation) => `${method.toUpperCase()} ${path}`;
const cells = (all: Operation[]) =>
  all.flatMap((one) => CALLERS.map((caller) => ({ one, caller, name: label(one), want: expected(one, caller) })));

describe('the matrix of operations and callers', () => {
  it('has exactly one row for every operation', () => {
    const hint = 'Rows are in test/lambdas/api/matrix/rows.ts: every operation needs one.';
    expect(Object.keys(ROWS).sort(), hint).toEqual(operations.map(({ name }) => name).sort());
  });
});

describe.each(cells(served))('$name by $caller', ({ one, caller, want }) => {
  it(`gets ${want === 'unknown' ? 'what an unknown id gets' : want}`, async () => {
    const world = await AcmeWorld.prepare();
    const reply = await world.send(one, caller);
    if (want !== 'unknown') return expect(reply.status, reply.text).toBe(want);
    const unknown = await world.send(one, caller, { about: 'nobody' });
    expect([reply.status, reply.text]).toEqual([404, unknown.text]);
    refusal.parse(reply.body);
  });
});

describe.each(cells(known.filter(({ servedByIngest }) => servedByIngest)))(
  '$name, answered by ingest, by $caller',
  ({ one, caller, want }) => {
    it(`gets ${want}`, async () => {
      const { status, type, accepted } = await publishBy(one, caller);
      expect(status).toBe(want);
      expect([type, accepted]).toEqual(
        status === one.success.status ? ['application/json', 1] : ['application/problem+json', 0],
      );
    });
  },
);

describe('what an admin of another tenant learns about an id in a query or body', () => {
  it.each([
    ['deliveries of an endpoint', 'GET', (id: string) => ({ path: `/v1/deliveries?endpoint_id=${id}` }), 'ep'],
    ['deliveries of an event', 'GET', (id: string) => ({ path: `/v1/deliveries?event_id=${id}` }), 'evt'],
    ['changes of an endpoint', 'GET', (id: string) => ({ path: `/v1/audit?object=${id}` }), 'ep'],
    ['a redrive', 'POST', (id: string) => ({ path: '/v1/redrives', body: { endpoint_id: id } }), 'ep'],
  ] as const)('is the same as of an unknown one: %s', async (_, method, request, kind) => {
    const world = await AcmeWorld.prepare();
    const theirs = request(world.idOf(kind));
    const reply = await world.ask('admin of another tenant', method, theirs);
    const unknown = await world.ask('admin of another tenant', method, request(UNKNOWN[kind]));
    expect([reply.status, reply.text]).toEqual([unknown.status, unknown.text]);
    for (const id of world.ids) expect(reply.text).not.toContain(id);
    expect((await world.ask('admin', method, theirs)).text).not.toBe(reply.text);
  });
});

describe.each(cells(served.filter(changes)).filter(({ want }) => want === 'unknown' || want >= 400))(
  '$name by $caller, who may not',
  ({ one, caller }) => {
    it('changes nothing', async () => {
      const world = await AcmeWorld.prepare();
      const before = await world.everything();
      await world.send(one, caller);
      expect(await world.everything()).toEqual(before);
      expect([world.api.sent, world.api.jobMessages.length]).toEqual([[], 1]);
    });
  },
);

/** Lists that are per tenant: a bound key may read its own. */
const isOfTenants = ({ elsewhere, bound }: Row = {}) => elsewhere === 'forbidden' && bound !== 'forbidden';
/** Counts, in which no id could be: test/lambdas/api/stats.test.ts has whose they are. */
const isList = ({ name, method, id }: Operation) => method === 'get' && !id && name !== 'getStats';

describe.each(served.filter((one) => isList(one) && isOfTenants(ROWS[one.name])))(
  '$path for an admin of another tenant',
  (one) => {
    it('contains nothing of acme', async () => {
      const world = await AcmeWorld.prepare();
      expect((await world.send(one, 'admin of all tenants')).list.data.length).toBeGreaterThan(0);
      const reply = await world.send(one, 'admin of another tenant', { query: '' });
      expect(reply.status).toBe(200);
      for (const id of world.ids) expect(reply.text).not.toContain(id);
    });
  },
);

function changes({ method }: Operation): boolean {
  return method !== 'get';
}
