import { describe, expect, it } from 'vitest';
import { QueueModel } from '../../../local/sqs-model/queue-model.ts';
import { Account } from './account.ts';
import { Chance } from './chance.ts';
import { EventSource } from './event-source.ts';
import type { FaultName } from './faults.ts';
import { Fleet } from './fleet.ts';
import { Scheduler } from './scheduler.ts';

/** An account with one concurrent invocation until 10 minutes, and a function that works for a minute. */
function accountOfOne() {
  const scheduler = new Scheduler(0, 1);
  const chance = new Chance(1);
  const account = new Account(1, 600_000, () => scheduler.now);
  const counted: FaultName[] = [];
  const fleet = new Fleet({
    environment: {
      scheduler,
      chance,
      decide: () => undefined,
      count: (fault) => counted.push(fault),
      suffered: () => undefined,
    },
    admits: (running) => account.admits(running),
    recycles: () => false,
    began: () => undefined,
    ended: () => undefined,
  });
  const invoke = (over?: () => void) =>
    fleet.invoke({
      fn: 'deliver',
      timeoutMs: 120_000,
      state: () => ({}),
      work: (container) => container.wait(60_000),
      done: () => undefined,
      ...(over && { over }),
    });
  return { scheduler, chance, invoke, counted };
}

describe('an account whose concurrency is used up', () => {
  it('throttles the next invocation, of any function, until one has ended', async () => {
    const { scheduler, invoke, counted } = accountOfOne();
    expect([invoke(), invoke()]).toEqual([true, false]);
    expect(counted).toEqual(['throttled invocation']);
    await scheduler.run(60_001, () => false);
    expect(invoke()).toBe(true);
  });

  it('throttles nothing once its quota is raised', async () => {
    const { scheduler, invoke } = accountOfOne();
    await scheduler.run(600_000, () => false);
    expect([invoke(), invoke(), invoke()]).toEqual([true, true, true]);
  });

  it('returns a batch after its visibility timeout, and the receive has counted', async () => {
    const { scheduler, chance, invoke } = accountOfOne();
    let ids = 0;
    const queues = new QueueModel({ now: () => scheduler.now, newId: () => `m${++ids}` });
    const arn = queues.createQueue('q', { VisibilityTimeout: '300' });
    queues.send(arn, { body: 'body' });
    const receives: [number, number, boolean][] = [];
    const source = new EventSource({
      ...{ arn, queues, scheduler, chance, batchMax: 1, concurrencyMax: 2, fullBatches: 0, happens: () => false },
      invoke(batch, done, over) {
        const isInvoked = invoke(() => {
          done(new Set());
          over();
        });
        for (const { receiveCount } of batch) receives.push([scheduler.now, receiveCount, isInvoked]);
        return isInvoked;
      },
      duplicated: () => undefined,
      throttled: () => undefined,
      deleted: () => undefined,
    });
    invoke();
    source.wake(0);
    await scheduler.run(700_000, () => false);
    const [[firstAt, ...first] = [], [secondAt, ...second] = []] = receives;
    expect([first, second]).toEqual([
      [1, false],
      [2, true],
    ]);
    expect(Number(secondAt) - Number(firstAt)).toBeGreaterThanOrEqual(300_000);
    expect(queues.nextVisibleAtMs(arn)).toBeUndefined();
  });
});
