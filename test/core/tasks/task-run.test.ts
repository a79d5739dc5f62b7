import { describe, expect, it } from 'vitest';
import type { ContinuationMessage } from '../../../core/tasks/continuation.ts';
import { rotated, runTask, type TaskRun } from '../../../core/tasks/task-run.ts';
import { START } from '../../support/delivery-world.ts';

const MINUTE = 60_000;

let now = START;
let sent: ContinuationMessage[] = [];
const ports = {
  continuations: { send: async (messages: ContinuationMessage[]) => void sent.push(...messages) },
  clock: () => now,
  remainingMs: () => 60_000,
};

/** A run of a task of four parts that leaves these. */
async function leaving(parts: number[], message?: ContinuationMessage): Promise<number | undefined> {
  sent = [];
  const work = async (run: TaskRun) => {
    for (const part of parts) run.leave({ part, after: `position ${part}` });
    return run.places(4).length;
  };
  return runTask('sweep', message, work, ports);
}

describe('a scheduled task', () => {
  it('leaves its rest to one message for each part, which works on that part alone', async () => {
    now = START;
    expect(await leaving([2, 3])).toBe(4);
    expect(sent).toEqual([
      { v: 1, task: 'sweep', tick: START, leg: 1, part: 2, after: 'position 2' },
      { v: 1, task: 'sweep', tick: START, leg: 1, part: 3, after: 'position 3' },
    ]);
    now = START + 31_000;
    expect(await leaving([3], sent[1])).toBe(1);
    expect(sent).toEqual([{ v: 1, task: 'sweep', tick: START, leg: 2, part: 3, after: 'position 3' }]);
  });

  it('sends nothing when nothing is left', async () => {
    await leaving([]);
    expect(sent).toEqual([]);
  });

  it('is not continued once its minute is over: the next tick has begun', async () => {
    now = START;
    await leaving([1]);
    const [message] = sent;
    now = START + MINUTE;
    expect(await leaving([1], message)).toBeUndefined();
    expect(sent).toEqual([]);
  });

  it('leaves nothing to a message that would come too late', async () => {
    now = START;
    await leaving([1]);
    const [message] = sent;
    sent = [];
    const slow = async (run: TaskRun) => {
      run.leave({ part: 1, after: null });
      now = START + MINUTE;
      return 1;
    };
    expect(await runTask('sweep', message, slow, ports)).toBe(1);
    expect(sent).toEqual([]);
  });

  it('is continued by a bounded number of messages in a row', async () => {
    now = START;
    await leaving([1]);
    const legs = [sent[0]?.leg];
    for (let runs = 0; sent.length > 0 && runs < 10; runs++) {
      await leaving([1], sent[0]);
      legs.push(sent[0]?.leg);
    }
    expect(legs).toEqual([1, 2, 3, undefined]);
  });

  it('leaves its rest even when a part of it fails', async () => {
    now = START;
    sent = [];
    const failing = async (run: TaskRun) => {
      run.leave({ part: 1, after: null });
      throw new Error('throttled');
    };
    await expect(runTask('sweep', undefined, failing, ports)).rejects.toThrow('throttled');
    expect(sent).toHaveLength(1);
  });

  it('goes on from the earliest place that was left of a part', async () => {
    now = START;
    sent = [];
    await runTask(
      'sweep',
      undefined,
      async (run) => {
        for (const after of ['b', 'a', 'c']) run.leave({ part: 1, after });
      },
      ports,
    );
    expect(sent.map(({ after }) => after)).toEqual(['a']);
  });
});

describe('the order of a minute', () => {
  it.each([1, 2, 3, 16, 17, 100, 5_000])('gives each of %i items its turn near the beginning', (count) => {
    const items = Array.from({ length: count }, (_, item) => item);
    const first = new Set<number>();
    // Of three items out of four minutes' worth, at least the first quarter is reached in each minute.
    for (let minute = 0; minute < 8; minute++) {
      const order = rotated(items, START + minute * MINUTE);
      expect(order.toSorted((one, other) => one - other)).toEqual(items);
      for (const item of order.slice(0, Math.ceil(count / 4))) first.add(item);
    }
    expect(first.size).toBe(count);
  });

  it('begins far from where the last minutes began', () => {
    const items = Array.from({ length: 1_000 }, (_, item) => item);
    const begins = [0, 1, 2, 3, 4].map((minute) => rotated(items, START + minute * MINUTE)[0] ?? 0);
    for (const [at, begin] of begins.entries()) {
      for (const other of begins.slice(at + 1)) {
        const apart = Math.abs(begin - other);
        expect(Math.min(apart, 1_000 - apart)).toBeGreaterThan(100);
      }
    }
  });
});
