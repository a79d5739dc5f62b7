import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jmespathFilters } from '../../../adapters/jmespath/filter-engine.ts';
import { createThreadedFilters } from '../../../adapters/jmespath/threaded-engine.ts';
import type { FilterEngine } from '../../../core/subscriptions/filter.ts';

const WORKER = new URL('../../../adapters/jmespath/worker.ts', import.meta.url);
const BOMB = `length(${Array.from({ length: 160 }, () => '[@,@][]').join('.')}) > \`1\``;
const large = `{"data":[${'1,'.repeat(400_000)}9]}`;
const small = '{"data":[1,2,3]}';
const slow = (at: number) => `data[?@ == \`0\` || @ == \`${at + 20}\` || @ == \`9\`]`;

describe.each([
  ['in this thread', () => jmespathFilters],
  ['in a thread of their own', () => createThreadedFilters(WORKER)],
])('filters that are evaluated %s', (_, create) => {
  let filters: FilterEngine;
  beforeEach(() => {
    filters = create();
  });

  it('give the same verdicts with the same steps', async () => {
    const asked = ['data[0] == `1`', BOMB, 'data.x', slow(1), "contains(data[0], 'x')", slow(2), 'data['];
    for (const envelope of [small, large]) {
      expect(await filters.judge(envelope, asked, 1e9)).toEqual(await jmespathFilters.judge(envelope, asked, 1e9));
    }
  });

  it('stop when the steps are used up, after at least one', async () => {
    const asked = [slow(1), 'data[0] == `1`', slow(2), slow(3)];
    expect((await filters.judge(large, asked, 1)).judgements).toHaveLength(1);
    expect((await filters.judge(large, asked, 3_000_000)).judgements).toHaveLength(3);
    expect((await filters.judge(large, asked, 1e9)).judgements).toHaveLength(4);
    expect(
      (await filters.judge(small, [BOMB, 'data', BOMB.replace('1`', '2`'), 'data[0]'], 1)).judgements.length,
    ).toBeGreaterThan(0);
  });

  it.each([
    ['a few that are long', large, 5],
    ['many that are not', `{"data":[${'1,'.repeat(400)}9]}`, 600],
  ])('let others run meanwhile: %s', async (_, envelope, count) => {
    let [turns, isOver] = [0, false];
    const asked = Array.from({ length: count }, (_, at) => slow(at));
    const judged = filters.judge(envelope, asked, 1e9).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      // A short sleep, to leave a core for the other thread.
      await sleep(1);
      turns += 1;
    }
    await judged;
    expect(turns).toBeGreaterThan(3);
  });

  it('answer several requests, each with its own result', async () => {
    const asked = Array.from({ length: 8 }, (_, at) =>
      filters.judge(large, [slow(at), `length(data) == \`${at}\``], 1e9),
    );
    for (const { judgements } of await Promise.all(asked)) {
      expect(judgements.map(({ verdict }) => verdict)).toEqual(['match', 'no_match']);
    }
  });
});

describe('the thread of the filters', () => {
  afterEach(() => void vi.useRealTimers());

  it('that cannot be started fails the request, and the next one tries again', async () => {
    const filters = createThreadedFilters(new URL('no-such-module.ts', WORKER));
    await expect(filters.judge(large, ['data'], 1)).rejects.toThrow(/has ended .*; try again/);
    await expect(filters.judge(large, ['data'], 1)).rejects.toThrow(/has ended .*; try again/);
  });

  it('that does not answer is ended after 25 s: every waiting request must be retried', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const filters = createThreadedFilters(new URL(`data:text/javascript,setInterval(() => undefined, 1000)`));
    const questions = [1, 2].map((at) => filters.judge(large, [slow(at)], 1));
    const outcomes = Promise.allSettled(questions);
    await vi.advanceTimersByTimeAsync(25_000);
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
