import { describe, expect, it } from 'vitest';
import { QueueModel } from '../../../local/sqs-model/queue-model.ts';
import { Chance } from './chance.ts';
import type { Reached } from './limits.ts';
import { Polls } from './polls.ts';

/** A queue of twenty messages, and what its polls reached. */
function queueOfTwenty({ isLimited }: { isLimited: boolean }) {
  const chance = new Chance(1);
  let ids = 0;
  const queues = new QueueModel({ now: () => 0, newId: () => `m${++ids}` });
  const arn = queues.createQueue('q');
  for (let count = 0; count < 20; count++) queues.send(arn, { body: 'body' });
  const reached: Reached[] = [];
  const polls = new Polls({ queues, chance, isLimited, reached: (what) => reached.push(what) });
  /** How many messages each of 40 polls gets; all are visible again before the next. */
  const sizes = (kind: 'short' | 'long') =>
    Array.from({ length: 40 }, () => polls[kind](arn, { max: 10, visibilityTimeoutSeconds: 0 }).length);
  return { sizes, reached };
}

describe('polls with the limits of SQS', () => {
  it('come back empty if they are short, though there are messages', () => {
    const { sizes, reached } = queueOfTwenty({ isLimited: true });
    expect(sizes('short')).toContain(0);
    expect(reached).toContain('empty poll');
  });

  it('never come back empty if they are long, but with fewer messages than asked for', () => {
    const { sizes, reached } = queueOfTwenty({ isLimited: true });
    const got = sizes('long');
    expect(Math.min(...got)).toBeGreaterThan(0);
    expect(Math.min(...got)).toBeLessThan(10);
    expect(new Set(reached)).toEqual(new Set(['incomplete poll']));
  });
});

describe('polls without limits', () => {
  it('get what they ask for', () => {
    const { sizes, reached } = queueOfTwenty({ isLimited: false });
    expect(new Set([...sizes('short'), ...sizes('long')])).toEqual(new Set([10]));
    expect(reached).toEqual([]);
  });
});
