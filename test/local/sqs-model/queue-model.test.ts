import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CheckedQueue, startMs, steps } from './checked-queue.ts';

const hourMs = 3_600_000;
const unitInterval = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the queue model, whatever happens', () => {
  test('keeps each message in one place until it is deleted or expired, shows none while hidden, journals all', () => {
    fc.assert(
      fc.property(steps, (given) => new CheckedQueue().run(given)),
      { numRuns: 300 },
    );
  });

  test('does so too if it serves messages in any order', () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(unitInterval), (given, numbers) => {
        const random = () => numbers.next().value ?? 0;
        new CheckedQueue({ random, chance: 0.5 }).run(given);
      }),
      { numRuns: 100 },
    );
  });

  test('is the same after a restart, with in-flight messages visible at once', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const checked = new CheckedQueue();
        checked.run(given);
        const fresh = checked.restart();
        for (const queue of [checked.work, checked.deadLetters]) {
          const { visible, inFlight, delayed } = checked.model.counts(queue);
          expect(fresh.counts(queue)).toEqual({ visible: visible + inFlight, inFlight: 0, delayed });
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('the queue model alone', () => {
  // SQSG/quotas-messages.html
  test('allows at most 120,000 messages in flight, and says so', () => {
    const checked = new CheckedQueue();
    const { model } = checked;
    const queue = model.createQueue('huge', { VisibilityTimeout: '43200' });
    for (let n = 0; n < 120_001; n += 1) model.send(queue, { body: 'x', groupId: `g${n % 300}` });
    for (let taken = 0; taken < 120_000; taken += 10) model.receive(queue, { max: 10 });
    expect(() => model.receive(queue)).toThrow(expect.objectContaining({ name: 'OverLimit' }));
    expect(model.counts(queue)).toEqual({ visible: 1, inFlight: 120_000, delayed: 0 });
    checked.nowMs += 12 * hourMs;
    expect(model.receive(queue)).toHaveLength(1);
  });

  test('says when a receive may next find something', () => {
    const checked = new CheckedQueue();
    const { model, work } = checked;
    expect(model.nextVisibleAtMs(work)).toBeUndefined();
    model.send(work, { body: 'later', delaySeconds: 60 });
    expect(model.nextVisibleAtMs(work)).toBe(startMs + 60_000);
    model.send(work, { body: 'now' });
    expect(model.nextVisibleAtMs(work)).toBe(startMs);
    model.receive(work, { visibilityTimeoutSeconds: 10 });
    expect(model.nextVisibleAtMs(work)).toBe(startMs + 10_000);
    checked.nowMs += 10_000;
    expect(model.nextVisibleAtMs(work)).toBe(checked.nowMs);
  });

  test('keeps a message whose dead-letter queue is gone', () => {
    const { model, work, deadLetters } = new CheckedQueue();
    model.send(work, { body: 'x' });
    model.deleteQueue(deadLetters);
    for (let receiveCount = 1; receiveCount < 10; receiveCount += 1) {
      expect(model.receive(work, { visibilityTimeoutSeconds: 0 })).toMatchObject([{ receiveCount }]);
    }
  });

  test('continues a running move task after a restart', () => {
    const checked = new CheckedQueue();
    const { model, work, deadLetters } = checked;
    for (let n = 0; n < 6; n += 1) model.send(work, { body: `${n}` });
    for (let receives = 0; receives < 3; receives += 1) model.receive(work, { max: 10, visibilityTimeoutSeconds: 0 });
    model.startMoveTask({ sourceArn: deadLetters, maxNumberOfMessagesPerSecond: 1 });
    const fresh = checked.restart();
    checked.nowMs += 10_000;
    fresh.advance();
    expect(fresh.counts(work)).toMatchObject({ visible: 6 });
    expect(fresh.listMoveTasks(deadLetters)).toMatchObject([{ status: 'COMPLETED', messagesMoved: 6 }]);
  });
});
