import { beforeEach, describe, expect, it } from 'vitest';
import { type SendTalliesPorts, sendTallies } from '../../../core/stats/send.ts';
import { type Tally, tallyOf } from '../../../core/stats/tally.ts';
import { aTally, HOUR } from './samples.ts';

let sent: (readonly Tally[])[];
let uncounted: number[];
let remainingMs: number;
let timers: { ms: number; act: () => void }[];
beforeEach(() => {
  [sent, uncounted, remainingMs, timers] = [[], [], 60_000, []];
});

const ports = (send = async (tallies: readonly Tally[]) => void sent.push(tallies)): SendTalliesPorts => ({
  tallies: { send },
  remainingMs: () => remainingMs,
  after: (ms, act) => {
    const timer = { ms, act };
    timers.push(timer);
    return () => void timers.splice(timers.indexOf(timer), 1);
  },
  uncounted: (attempts: number) => void uncounted.push(attempts),
});

describe('the tallies of an invocation', () => {
  it('are added up and sent as one message', async () => {
    await sendTallies([aTally(), aTally({ endpointId: 'ep_2' }), aTally()], ports());
    const tallies = [aTally({ delivered: 2, latency: { 10: 2 } }), aTally({ endpointId: 'ep_2' })];
    expect([sent, timers]).toEqual([[tallies], []]);
  });

  it('are not sent without an attempt', async () => {
    await sendTallies([], ports());
    expect(sent).toEqual([]);
  });

  it('are dropped with a report if they cannot be sent: no delivery fails because of it', async () => {
    await sendTallies(
      [aTally(), aTally()],
      ports(() => Promise.reject(new Error('SQS is away'))),
    );
    expect(uncounted).toEqual([2]);
  });

  it.each([
    [60_000, 2_000],
    [2_500, 1_500],
  ])('are not waited for longer than an invocation with %i ms left can spare', async (left, waited) => {
    remainingMs = left;
    const ended = sendTallies(
      [aTally()],
      ports(() => new Promise(() => undefined)),
    );
    expect(timers.map(({ ms }) => ms)).toEqual([waited]);
    timers[0]?.act();
    await ended;
    expect(uncounted).toEqual([1]);
  });

  it('are not sent if the invocation is about to end', async () => {
    remainingMs = 1_000;
    await sendTallies([aTally()], ports());
    expect([sent, uncounted]).toEqual([[], [1]]);
  });

  it('fit in one billing unit for a batch of 100 endpoints with the longest names', async () => {
    const slowest = { at: HOUR, durationMs: 30_000, errorCode: 'timeout' };
    const batch = Array.from({ length: 100 }, (_, at) =>
      tallyOf({ id: `ep_${String(at).padStart(26, '0')}`, tenant: 't'.repeat(64) }, slowest),
    );
    await sendTallies(batch, ports());
    expect(JSON.stringify(sent[0]).length).toBeLessThan(64 * 1024);
  });
});
