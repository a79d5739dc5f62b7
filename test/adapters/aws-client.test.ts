import { describe, expect, it } from 'vitest';
import { type SendOptions, sendUntilDone } from '../../adapters/aws-client.ts';
import { Problem } from '../../core/problem.ts';

/** A service that does this many of the entries in each round; all of them once its list has ended. */
function service(done: number[], options: Partial<SendOptions> = {}) {
  const sent: string[][] = [];
  const waits: number[] = [];
  const send = async (entries: string[]) => {
    sent.push(entries);
    return entries.slice(done[sent.length - 1] ?? entries.length);
  };
  const wait = async (ms: number) => void waits.push(ms);
  const run = (entries: string[]) => sendUntilDone(entries, send, { wait, unavailable: 'Try again.', ...options });
  return { run, sent, waits };
}

const unavailable = new Problem('unavailable', 'Try again.', { retryAfterSeconds: 1 });

describe('entries that AWS left undone', () => {
  it('cost nothing if there are none', async () => {
    const { run, sent, waits } = service([]);
    await run(['a', 'b']);
    expect([sent, waits]).toEqual([[['a', 'b']], []]);
  });

  it('are sent again, without those that are done', async () => {
    const { run, sent, waits } = service([1, 0, 1]);
    await run(['a', 'b', 'c']);
    expect(sent).toEqual([['a', 'b', 'c'], ['b', 'c'], ['b', 'c'], ['c']]);
    expect(waits).toEqual([25, 100, 400]);
  });

  it('are given up after five rounds, with the problem that the caller names', async () => {
    const { run, sent, waits } = service([1, 0, 1, 0, 0]);
    await expect(run(['a', 'b', 'c'])).rejects.toEqual(unavailable);
    expect(sent).toHaveLength(5);
    expect(waits).toEqual([25, 100, 400, 1_000]);
  });

  it('are done if the last round does them', async () => {
    const { run, sent } = service([0, 0, 0, 0, 1]);
    await run(['a']);
    expect(sent).toHaveLength(5);
  });

  it('are sent as long as each round makes progress, if the caller wishes', async () => {
    const { run, sent, waits } = service([1, 1, 1, 1, 1, 1, 0, 0, 1], { untilFruitless: true });
    await run([...'abcdefg']);
    expect(sent).toHaveLength(9);
    expect(waits).toEqual([25, 25, 25, 25, 25, 25, 25, 100]);
  });

  it('are given up after five rounds in a row without progress, if the caller wishes', async () => {
    const { run, sent, waits } = service([1, 0, 0, 0, 0, 0, 1], { untilFruitless: true });
    await expect(run(['a', 'b'])).rejects.toEqual(unavailable);
    expect(sent).toHaveLength(6);
    expect(waits).toEqual([25, 25, 100, 400, 1_000]);
  });

  it('are not sent again when a call fails', async () => {
    const fails = async () => {
      throw new Error('Refused.');
    };
    await expect(sendUntilDone(['a'], fails, { wait: fails, unavailable: '' })).rejects.toThrow('Refused.');
  });
});
