import { describe, expect, it } from 'vitest';
import { Scheduler } from './scheduler.ts';
import { clientOf, Sockets } from './sockets.ts';

/** Two sockets, and calls that hold one for a time; what became of each call, and when. */
function twoSockets() {
  const scheduler = new Scheduler(0, 1);
  const sockets = new Sockets(scheduler, 2);
  const seen: [string, 'begins' | 'refused', number][] = [];
  const call = (name: string, ms: number) =>
    sockets.take(
      () => {
        seen.push([name, 'begins', scheduler.now]);
        scheduler.after(ms, () => sockets.release());
      },
      () => seen.push([name, 'refused', scheduler.now]),
    );
  return { scheduler, call, seen };
}

describe('the sockets of a client', () => {
  it('let further calls wait in line until one is answered', async () => {
    const { scheduler, call, seen } = twoSockets();
    for (const name of ['a', 'b', 'c', 'd']) call(name, 500);
    await scheduler.run(10_000, () => false);
    expect(seen).toEqual([
      ['a', 'begins', 0],
      ['b', 'begins', 0],
      ['c', 'begins', 500],
      ['d', 'begins', 500],
    ]);
  });

  it('refuse a call that waits for longer than 2 s, and no other', async () => {
    const { scheduler, call, seen } = twoSockets();
    for (const name of ['a', 'b']) call(name, 1_500);
    for (const name of ['c', 'd', 'e']) call(name, 1_000);
    await scheduler.run(10_000, () => false);
    call('f', 1_000);
    expect(seen.slice(2)).toEqual([
      ['c', 'begins', 1_500],
      ['d', 'begins', 1_500],
      ['e', 'refused', 2_000],
      ['f', 'begins', 10_000],
    ]);
  });
});

describe('a call', () => {
  it.each([
    ['ledger.put waiting 1/2', 'DynamoDB'],
    ['queue.send 1/1 in 0 s', 'SQS'],
    ['payloads.get', 'S3'],
    ['filters.judge', undefined],
  ])('%s is made by the client of %s', (name, client) => {
    expect(clientOf(name)).toBe(client);
  });
});
