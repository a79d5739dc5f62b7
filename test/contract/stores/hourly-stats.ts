import { expect, test } from 'vitest';
import { HOUR_MS } from '../../../core/durations.ts';
import { BUCKETS } from '../../../core/stats/histogram.ts';
import type { Tally } from '../../../core/stats/tally.ts';
import { DAY, START } from '../../support/delivery-world.ts';
import { STATS_RETENTION_MS, type StoreWorld } from './world.ts';

const hour = (at: number) => START + at * HOUR_MS;
const aTally = (changes: Partial<Tally> = {}): Tally => ({
  endpointId: 'ep_1',
  hour: START,
  delivered: 1,
  failed: 0,
  latency: { 0: 1 },
  ...changes,
});

export function hourlyStatsRules(given: () => StoreWorld): void {
  async function add(...tallies: Tally[]): Promise<void> {
    for (const tally of tallies) await given().stats.add(tally);
  }
  const all = (endpointId = 'ep_1') => given().stats.hours(endpointId, hour(-48), hour(48));

  test('additions to an hour add up', async () => {
    await add(aTally(), aTally({ delivered: 0, failed: 2, latency: { 0: 1, 7: 1 } }));
    await add(aTally({ delivered: 12, latency: { 227: 12 } }));
    expect(await all()).toEqual([aTally({ delivered: 13, failed: 2, latency: { 0: 2, 7: 1, 227: 12 } })]);
  });

  test('an hour keeps the first filter error, and returns how many events exceeded the limit', async () => {
    const { stats } = given();
    const failing = (filterError: string) =>
      stats.add(aTally({ delivered: 0, latency: {}, filterErrors: 2, filterError }));
    expect(await failing('the first')).toBe(0);
    await failing('the second');
    expect(await stats.add(aTally({ undecided: 600 }))).toBe(600);
    expect(await stats.add(aTally({ undecided: 401 }))).toBe(1_001);
    expect(await all()).toEqual([
      aTally({ delivered: 2, latency: { 0: 2 }, filterErrors: 4, filterError: 'the first', undecided: 1_001 }),
    ]);
  });

  // DDBG/WorkingWithItems.html: an update is atomic
  test('concurrent additions add up too', async () => {
    await Promise.all(Array.from({ length: 10 }, () => add(aTally())));
    expect(await all()).toEqual([aTally({ delivered: 10, latency: { 0: 10 } })]);
  });

  // DDBG/Constraints.html: an expression has up to 4 KB, and 300 operators
  test('an hour accepts every duration bucket at once, each with its own count', async () => {
    const latency = Object.fromEntries(Array.from({ length: BUCKETS }, (_, at) => [String(at), 100_000 + at]));
    await add(aTally({ delivered: 9_999_999, failed: 9_999_998, latency }));
    expect(await all()).toEqual([aTally({ delivered: 9_999_999, failed: 9_999_998, latency })]);
  });

  test('hours are listed oldest first, of one endpoint and range only', async () => {
    const hours = [3, 1, 0, 2, -20].map((at) => aTally({ hour: hour(at) }));
    await add(...hours, aTally({ endpointId: 'ep_10' }));
    expect(await given().stats.hours('ep_1', hour(0), hour(3))).toEqual(
      [0, 1, 2].map((at) => aTally({ hour: hour(at) })),
    );
    expect((await all()).map((one) => one.hour)).toEqual([-20, 0, 1, 2, 3].map(hour));
    expect(await all('ep_10')).toEqual([aTally({ endpointId: 'ep_10' })]);
    expect(await all('ep_')).toEqual([]);
  });

  // API_Query: 1 MB a page
  test('thirty days of hours are read completely', async () => {
    const latency = Object.fromEntries(Array.from({ length: BUCKETS }, (_, at) => [String(at), 1_000_000_000 + at]));
    const hours = Array.from({ length: 720 }, (_, at) => aTally({ hour: hour(at - 719), latency }));
    await Promise.all(hours.map((tally) => add(tally)));
    expect(await given().stats.hours('ep_1', START - 31 * DAY, hour(1))).toEqual(hours);
  });

  // DDBG/TTL.html: expired items are deleted within days, and can be read until then
  test('an expired hour counts as absent', async () => {
    const world = given();
    await add(aTally());
    world.now = hour(1) + STATS_RETENTION_MS - 1;
    expect(await all()).toEqual([aTally()]);
    world.now += 1;
    expect(await all()).toEqual([]);
  });

  test('values read or written are copies: changing them does not change the store', async () => {
    const latency: Record<string, number> = { 0: 1 };
    await add(aTally({ latency }));
    latency[0] = 9;
    for (const read of await all()) read.delivered = 9;
    expect(await all()).toEqual([aTally()]);
  });

  test("a tenant's hours, and those of all tenants, are apart from each other and from an endpoint's", async () => {
    const { stats } = given();
    const { endpointId: _, tenant: __, ...counts } = aTally();
    const sumsOf = (tenant: string | null) => stats.sums(tenant, hour(-48), hour(48));
    await stats.addSum({ tenant: 'ep_1', ...counts });
    await stats.addSum({ tenant: 'acme', ...counts });
    await stats.addSum({ tenant: 'acme', ...counts, filterErrors: 1, filterError: 'it is odd' });
    await stats.addSum({ tenant: null, ...counts, hour: hour(1) });
    await add(aTally({ delivered: 9 }));
    const twice = { delivered: 2, latency: { 0: 2 }, filterErrors: 1, filterError: 'it is odd' };
    expect(await sumsOf('acme')).toEqual([{ tenant: 'acme', ...counts, ...twice }]);
    expect(await sumsOf('ep_1')).toEqual([{ tenant: 'ep_1', ...counts }]);
    expect(await sumsOf(null)).toEqual([{ tenant: null, ...counts, hour: hour(1) }]);
    expect(await stats.sums('acme', hour(1), hour(2))).toEqual([]);
    expect(await all()).toEqual([aTally({ delivered: 9 })]);
  });
}
