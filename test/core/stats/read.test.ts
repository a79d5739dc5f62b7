import { beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../core/durations.ts';
import { bucketOf } from '../../../core/stats/histogram.ts';
import { readStats } from '../../../core/stats/read.ts';
import { createMemoryHourlyStats } from '../../fakes/hourly-stats.ts';
import { DAY } from '../../support/delivery-world.ts';
import { aTally, HOUR, hoursLater } from './samples.ts';

const clock = () => HOUR + HOUR_MS / 2;
let stats: ReturnType<typeof createMemoryHourlyStats>;
beforeEach(() => {
  stats = createMemoryHourlyStats({ clock, retentionMs: 30 * DAY });
});

const read = (from: number | null, to: number | null) =>
  readStats({ endpointId: 'ep_1' }, { from, to }, { stats, clock });
const refusal = (from: number | null, to: number | null) =>
  read(from, to).then(
    () => 'taken',
    ({ faults: [fault] }) => `${fault.path}: ${fault.message}`,
  );

describe('the statistics of an endpoint', () => {
  it('default to the last day, including the current hour', async () => {
    for (const hours of [0, -24, -25]) await stats.add(aTally({ hour: hoursLater(hours) }));
    await stats.add(aTally({ endpointId: 'ep_2' }));
    const { from, to, total, hours } = await read(null, null);
    expect([from, to]).toEqual([hoursLater(-24), hoursLater(1)]);
    expect(hours.map(({ hour }) => hour)).toEqual([hoursLater(-24), HOUR]);
    expect(total.attempts).toBe(2);
  });

  it('cover whole hours, including those in which the range starts and ends', async () => {
    for (const hours of [-4, -3, -2, -1]) await stats.add(aTally({ hour: hoursLater(hours) }));
    const hoursOf = async (from: number, to: number) => (await read(from, to)).hours.map(({ hour }) => hour);
    expect(await hoursOf(hoursLater(-2) - 1, hoursLater(-2) + 1)).toEqual([hoursLater(-3), hoursLater(-2)]);
    expect(await hoursOf(hoursLater(-3), hoursLater(-2))).toEqual([hoursLater(-3)]);
  });

  it('add up counts and durations, never averages', async () => {
    await stats.add(aTally({ delivered: 98, failed: 0, latency: { [bucketOf(10)]: 98 } }));
    await stats.add(aTally({ hour: hoursLater(-1), delivered: 0, failed: 2, latency: { [bucketOf(9_000)]: 2 } }));
    const { total, hours } = await read(null, null);
    expect(total).toMatchObject({ attempts: 100, delivered: 98, failed: 2, successRate: 0.98 });
    const isNear = (value: number | null, exact: number) => Math.abs((value ?? 0) - exact) <= exact * 0.025;
    expect([
      isNear(total.latencyMs.p50, 10),
      isNear(total.latencyMs.p95, 10),
      isNear(total.latencyMs.p99, 9_000),
    ]).toEqual([true, true, true]);
    expect(hours.map(({ successRate }) => successRate)).toEqual([0, 1]);
  });

  it('have no figures without an attempt', async () => {
    const { total, hours } = await read(null, null);
    const latencyMs = { p50: null, p95: null, p99: null };
    const filter = { filterErrors: 0, filterError: null, undecided: 0 };
    expect(total).toEqual({ attempts: 0, delivered: 0, failed: 0, successRate: null, latencyMs, ...filter });
    expect(hours).toEqual([]);
  });

  it('say how often the filter failed, and why it first did', async () => {
    const failing = (hours: number, error: string) =>
      stats.add({
        endpointId: 'ep_1',
        hour: hoursLater(hours),
        delivered: 0,
        failed: 0,
        latency: {},
        filterErrors: 2,
        filterError: error,
      });
    await failing(-2, 'the first');
    await failing(-2, 'the second');
    await failing(0, 'the third');
    const { total, hours } = await read(null, null);
    expect(total).toMatchObject({ attempts: 0, filterErrors: 6, filterError: 'the first', undecided: 0 });
    expect(hours.map(({ filterErrors, filterError }) => [filterErrors, filterError])).toEqual([
      [4, 'the first'],
      [2, 'the third'],
    ]);
  });

  it('end now', async () => {
    expect((await read(HOUR, hoursLater(500))).to).toBe(hoursLater(1));
    expect(await refusal(hoursLater(1), null)).toBe('from: Use a time in the past.');
    expect(await refusal(hoursLater(1), hoursLater(2))).toBe('from: Use a time in the past.');
  });

  it('cover at most 31 days', async () => {
    expect(await refusal(HOUR - 31 * DAY, HOUR)).toBe('taken');
    expect(await refusal(HOUR - 31 * DAY - 1, HOUR)).toBe('from: Use a time at most 31 days before "to".');
  });

  it('are refused for an empty range', async () => {
    expect(await refusal(HOUR, HOUR)).toBe('from: Use a time before "to".');
    expect(await refusal(HOUR, HOUR - 1)).toBe('from: Use a time before "to".');
    expect(await refusal(-62_167_219_200_000, -62_167_219_000_000)).toBe('from: Use a time from 1970 on.');
  });
});
