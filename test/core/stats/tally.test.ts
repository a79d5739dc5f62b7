import { describe, expect, it } from 'vitest';
import { bucketOf } from '../../../core/stats/histogram.ts';
import { tallyMessage } from '../../../core/stats/message.ts';
import { mergeTallies, tallyOf, tallyOfFilter } from '../../../core/stats/tally.ts';
import { aTally, HOUR, hoursLater } from './samples.ts';

describe('tallies', () => {
  it('count an attempt once, in the hour in which it started', () => {
    const lateInHour = { at: hoursLater(1) - 1, durationMs: 5_000 };
    expect(tallyOf({ id: 'ep_1', tenant: 'acme' }, { ...lateInHour, errorCode: null })).toEqual({
      endpointId: 'ep_1',
      tenant: 'acme',
      hour: HOUR,
      delivered: 1,
      failed: 0,
      latency: { [bucketOf(5_000)]: 1 },
    });
    expect(tallyOf({ id: 'ep_1', tenant: 'acme' }, { ...lateInHour, errorCode: 'timeout' })).toMatchObject({
      delivered: 0,
      failed: 1,
    });
  });

  it('of one endpoint and hour add up, others stay separate', () => {
    const [here, later, other] = [aTally(), aTally({ hour: hoursLater(1) }), aTally({ endpointId: 'ep_2' })];
    const failed = aTally({ delivered: 0, failed: 1, latency: { 10: 1, 12: 3 } });
    expect(mergeTallies([here, later, failed, other, here])).toEqual([
      aTally({ delivered: 2, failed: 1, latency: { 10: 3, 12: 3 } }),
      later,
      other,
    ]);
  });

  it('never contain half a character where the reason of a filter is cut', () => {
    const at = { endpointId: 'ep_1', tenant: 'acme', hour: HOUR };
    const { filterError } = tallyOfFilter(at, { error: `\u0000${'x'.repeat(198)}\u{1f600}` });
    expect(filterError).toBe(`?${'x'.repeat(198)}?`);
  });

  it('are read from a message only in the form that the product writes', () => {
    const message = (changes: object) =>
      tallyMessage.safeParse({ v: 1, tallies: [{ ...aTally(), ...changes }] }).success;
    expect(message({})).toBe(true);
    expect(message({ tenant: undefined })).toBe(true);
    for (const wrong of [{ hour: HOUR + 1 }, { delivered: -1 }, { failed: 0.5 }, { endpointId: '' }, { tenant: '' }]) {
      expect([wrong, message(wrong)]).toEqual([wrong, false]);
    }
    for (const latency of [{ 228: 1 }, { x: 1 }, { 1: 0 }]) expect(message({ latency })).toBe(false);
  });
});
