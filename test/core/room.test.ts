import { beforeEach, describe, expect, it } from 'vitest';
import type { Timer } from '../../core/clock.ts';
import { Room } from '../../core/room.ts';

let room: Room;
let due: (() => void)[];
const after: Timer = (_, act) => {
  due.push(act);
  return () => {
    due = due.filter((one) => one !== act);
  };
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  room = new Room(10);
  due = [];
});

describe('a room', () => {
  it('gives what is free at once, and again what was given back, once', () => {
    const first = room.tryTake(6);
    expect([room.tryTake(5), typeof room.tryTake(4)]).toEqual([undefined, 'function']);
    first?.();
    first?.();
    expect([typeof room.tryTake(6), room.tryTake(1)]).toEqual(['function', undefined]);
  });

  it('gives all of it to work that needs more, and gives all of it back', () => {
    room.tryTake(50)?.();
    expect(room.tryTake(10)).toBeDefined();
  });

  it('serves who waits in turn: small work neither overtakes large work nor is overtaken', async () => {
    const entered: number[] = [];
    const first = room.tryTake(8);
    for (const amount of [9, 2]) void room.takeWithin(amount, 1_000, after).then(() => entered.push(amount));
    expect(room.tryTake(1)).toBeUndefined();
    first?.();
    await settled();
    expect(entered).toEqual([9]);
  });

  it('lets those pass who stood behind one that has waited too long', async () => {
    room.tryTake(8);
    const large = room.takeWithin(9, 1_000, after);
    const small = room.takeWithin(2, 1_000, after);
    due[0]?.();
    expect([await large, typeof (await small)]).toEqual([undefined, 'function']);
    expect(due.length).toBe(1);
  });

  it('does the work that it holds room for, and gives it back if that fails', async () => {
    await expect(room.hold(10, () => Promise.reject(new Error('fails')))).rejects.toThrow('fails');
    expect(room.tryTake(10)).toBeDefined();
  });
});
