import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockData, type Processes } from '../../local/data-lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'postrider-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the lock of a data folder', () => {
  it('keeps a second process out, naming the first and a workaround', () => {
    const machine = new Map([
      [1, 'started:10'],
      [2, 'started:20'],
    ]);
    lockData(dir, processOf(1, machine));

    expect(() => lockData(dir, processOf(2, machine))).toThrow(/in use by process 1\. .*POSTRIDER_DATA/);
  });

  it('is taken over if its process is gone', () => {
    const machine = new Map([[1, 'started:10']]);
    lockData(dir, processOf(1, machine));
    machine.delete(1);
    machine.set(2, 'started:20');

    expect(() => lockData(dir, processOf(2, machine))).not.toThrow();
    machine.set(3, 'started:30');
    expect(() => lockData(dir, processOf(3, machine))).toThrow('in use by process 2');
  });

  it('is taken over if another process now has its pid', () => {
    const machine = new Map([[1, 'started:10']]);
    lockData(dir, processOf(1, machine));
    machine.set(1, 'started:99');
    machine.set(2, 'started:20');

    expect(() => lockData(dir, processOf(2, machine))).not.toThrow();
  });

  it('is removed by its release', () => {
    lockData(dir, processOf(1, new Map([[1, 'started:10']]))).release();

    expect(readdirSync(dir)).toEqual([]);
  });
});

function processOf(pid: number, machine: ReadonlyMap<number, string>): Processes {
  return { pid, identityOf: (other) => machine.get(other) };
}
