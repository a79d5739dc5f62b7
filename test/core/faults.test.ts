import { describe, expect, it } from 'vitest';
import { Faults } from '../../core/faults.ts';
import { inParallel } from '../../core/parallel.ts';

const fails = (fault: unknown) => async () => {
  throw fault;
};

describe('a task that goes on when a part of it fails', () => {
  it('gets the results of the parts that succeed, even if a result is undefined or false', async () => {
    const faults = new Faults();
    expect(await faults.attempt(async () => 'done')).toBe('done');
    expect(await faults.attempt(async () => false)).toBe(false);
    expect(await faults.attempt(async () => undefined)).toBeUndefined();
    expect(faults.count).toBe(0);
    faults.throwAny(() => expect.fail('nothing failed'));
  });

  it('works on the rest, and reports every fault at its end', async () => {
    const faults = new Faults();
    const done: number[] = [];
    await inParallel([1, 2, 3, 4], 2, (item) =>
      faults.attempt(async () => {
        if (item % 2 === 1) throw new Error(`Item ${item} failed.`);
        done.push(item);
      }),
    );
    expect(done).toEqual([2, 4]);
    expect(faults.count).toBe(2);
    let reported: unknown;
    try {
      faults.throwAny((count) => `${count} items failed.`);
    } catch (fault) {
      reported = fault;
    }
    expect(reported).toBeInstanceOf(AggregateError);
    expect(reported).toMatchObject({
      message: '2 items failed.',
      errors: [new Error('Item 1 failed.'), new Error('Item 3 failed.')],
    });
  });

  it('counts a part that throws before it does anything, or throws nothing', async () => {
    const faults = new Faults();
    const atOnce = (): Promise<void> => {
      throw new Error('At once.');
    };
    expect(await faults.attempt(atOnce)).toBeUndefined();
    expect(await faults.attempt(fails(undefined))).toBeUndefined();
    expect(faults.count).toBe(2);
  });
});
