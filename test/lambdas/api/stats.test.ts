import { beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../core/durations.ts';
import { bucketOf } from '../../../core/stats/histogram.ts';
import { type HourCounts, hourOf } from '../../../core/stats/tally.ts';
import { statsAnswer } from '../../../lambdas/api/stats/schemas.ts';
import { ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
let endpointId: string;
beforeEach(async () => {
  world = new ApiWorld();
  endpointId = await world.endpoint();
});

/** The start of an hour, this many hours from now. */
const hour = (at = 0) => hourOf(world.now) + at * HOUR_MS;
const text = (ms: number) => new Date(ms).toISOString();
const count = (changes: Partial<HourCounts>) =>
  world.stats.add({ endpointId, hour: hour(), delivered: 0, failed: 0, latency: {}, ...changes });
const path = (query = '') => `/v1/endpoints/${endpointId}/stats${query}`;

describe("an endpoint's statistics", () => {
  it('are counts, rate and percentiles, by hour and in total', async () => {
    await count({ delivered: 3, failed: 1, latency: { [bucketOf(5)]: 3, [bucketOf(15)]: 1 } });
    await count({ hour: hour(-1), delivered: 4, latency: { [bucketOf(5)]: 4 } });
    await count({ filterErrors: 2, filterError: 'there is no function upper()', undecided: 1 });
    const five = { p50: 5, p95: 5, p99: 5 };
    const trouble = { filter_errors: 2, filter_error: 'there is no function upper()', filter_undecided: 1 };
    const none = { filter_errors: 0, filter_error: null, filter_undecided: 0 };
    expect((await world.get(path())).body).toEqual({
      from: text(hour(-24)),
      to: text(hour(1)),
      total: {
        ...{ hour: null, attempts: 8, delivered: 7, failed: 1, success_rate: 0.875 },
        latency_ms: { p50: 5, p95: 15, p99: 15 },
        ...trouble,
      },
      hours: [
        { hour: text(hour(-1)), attempts: 4, delivered: 4, failed: 0, success_rate: 1, latency_ms: five, ...none },
        {
          ...{ hour: text(hour()), attempts: 4, delivered: 3, failed: 1, success_rate: 0.75 },
          latency_ms: { p50: 5, p95: 15, p99: 15 },
          ...trouble,
        },
      ],
    });
  });

  it('are null without an attempt', async () => {
    expect((await world.get(path())).body).toMatchObject({
      total: { attempts: 0, success_rate: null, latency_ms: { p50: null, p95: null, p99: null } },
      hours: [],
    });
  });

  it('cover the requested range, in whole hours', async () => {
    for (const at of [-3, -2, -1]) await count({ hour: hour(at), delivered: 1 });
    const range = `?from=${text(hour(-2) + 1)}&to=${text(hour(-1))}`;
    expect((await world.get(path(range))).body).toMatchObject({
      from: text(hour(-2)),
      to: text(hour(-1)),
      total: { attempts: 1 },
      hours: [{ hour: text(hour(-2)) }],
    });
  });

  it.each([
    ['a range of more than 31 days', () => `?from=${text(hour(-31 * 24 - 1))}`, ['from']],
    ['a range that ends before it begins', () => `?from=${text(hour(-1))}&to=${text(hour(-2))}`, ['from']],
    ['a range that has yet to begin', () => `?from=${text(hour(2))}`, ['from']],
    ['what is no time', () => '?from=yesterday&to=1', ['from', 'to']],
    ['what nobody knows', () => '?limit=1', ['limit']],
  ])('are refused for %s', async (_, query, faults) => {
    const reply = await world.get(path(query()));
    expect([reply.status, reply.faults]).toEqual([422, faults]);
  });

  it("are unknown to another tenant's key, and readable by a viewer of its own", async () => {
    const keyOf = (tenant: string) => world.key({ role: 'viewer', tenant });
    expect((await world.get(path(), keyOf('default'))).status).toBe(200);
    const foreign = await world.get(path(), keyOf('other'));
    const unknown = await world.get(`/v1/endpoints/ep_${'0'.repeat(26)}/stats`, keyOf('other'));
    expect([foreign.status, foreign.body]).toEqual([404, unknown.body]);
  });

  it('are gone with the endpoint', async () => {
    await count({ delivered: 1 });
    await world.request('DELETE', `/v1/endpoints/${endpointId}`);
    expect((await world.get(path())).status).toBe(404);
  });
});

describe('the statistics of a tenant', () => {
  const sum = (tenant: string | null, changes: Partial<HourCounts>) =>
    world.stats.addSum({ tenant, hour: hour(), delivered: 0, failed: 0, latency: {}, ...changes });
  const attempts = async (query: string, key?: string) => {
    const reply = await world.get(`/v1/stats${query}`, key);
    return statsAnswer.parse(reply.body).total.attempts;
  };

  it('are in the form of those of an endpoint, of the same range', async () => {
    await sum('default', { delivered: 3, failed: 1, latency: { [bucketOf(5)]: 4 } });
    await count({ delivered: 3, failed: 1, latency: { [bucketOf(5)]: 4 } });
    const reply = await world.get('/v1/stats');
    expect(reply.body).toMatchObject({ total: { attempts: 4, success_rate: 0.75 } });
    expect(reply.body).toEqual((await world.get(path())).body);
    expect((await world.get(`/v1/stats?from=${text(hour(-1))}&to=${text(hour())}`)).body).toMatchObject({ hours: [] });
    expect((await world.get(`/v1/stats?from=${text(hour(-31 * 24 - 1))}`)).faults).toEqual(['from']);
  });

  it('are those that the query names, and with * those of all', async () => {
    await sum('acme', { delivered: 2 });
    await sum(null, { delivered: 7 });
    expect([await attempts(''), await attempts('?tenant=acme'), await attempts('?tenant=*')]).toEqual([0, 2, 7]);
  });

  it("are the key's own for one that is bound, and those of others are forbidden", async () => {
    await sum('acme', { delivered: 2 });
    const key = await world.key({ role: 'viewer', tenant: 'acme' });
    expect(await attempts('', key)).toBe(2);
    for (const tenant of ['other', '*']) {
      expect((await world.get(`/v1/stats?tenant=${tenant}`, key)).status).toBe(403);
    }
  });
});
