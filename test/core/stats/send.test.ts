import { beforeEach, describe, expect, it } from 'vitest';
import { sendTallies } from '../../../core/stats/send.ts';
import { type Tally, tallyOf } from '../../../core/stats/tally.ts';
import { aTally, HOUR } from './samples.ts';

let sent: { tallies: readonly Tally[]; withinMs: number }[];
let uncounted: number[];
let remainingMs: number;
beforeEach(() => {
  [sent, uncounted, remainingMs] = [[], [], 60_000];
});

const ports = (
  send = async (tallies: readonly Tally[], withinMs: number) => void sent.push({ tallies, withinMs }),
) => ({
  tallies: { send },
  remainingMs: () => remainingMs,
  uncounted: (attempts: number) => void uncounted.push(attempts),
});

describe('what an invocation has counted', () => {
  it('is sent as one message, added up', async () => {
    await sendTallies([aTally(), aTally({ endpointId: 'ep_2' }), aTally()], ports());
    const tallies = [aTally({ delivered: 2, latency: { 10: 2 } }), aTally({ endpointId: 'ep_2' })];
    expect(sent).toEqual([{ tallies, withinMs: 2_000 }]);
  });

  it('is no message when there was no attempt', async () => {
    await sendTallies([], ports());
    expect(sent).toEqual([]);
  });

  it('is told of and let go when it cannot be sent: no delivery fails for it', async () => {
    await sendTallies(
      [aTally(), aTally()],
      ports(() => Promise.reject(new Error('SQS is away'))),
    );
    expect(uncounted).toEqual([2]);
  });

  it('takes no more time than the invocation has left', async () => {
    remainingMs = 2_500;
    await sendTallies([aTally()], ports());
    expect(sent[0]?.withinMs).toBe(1_500);
    remainingMs = 1_000;
    await sendTallies([aTally()], ports());
    expect([sent.length, uncounted]).toEqual([1, [1]]);
  });

  it('fits in one billing unit for a batch of 100 endpoints with the longest ids', async () => {
    const slowest = { at: HOUR, durationMs: 30_000, errorCode: 'timeout' };
    const batch = Array.from({ length: 100 }, (_, at) => tallyOf(`ep_${String(at).padStart(26, '0')}`, slowest));
    await sendTallies(batch, ports());
    expect(JSON.stringify(sent[0]?.tallies).length).toBeLessThan(64 * 1024);
  });
});
