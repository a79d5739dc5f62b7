import { expect, test } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { START } from '../../support/delivery-world.ts';
import { random } from './samples.ts';
import type { StoreWorld } from './world.ts';

const HORIZON = 900_000;

export function rateSlotRules(given: () => StoreWorld): void {
  const line = () => {
    const endpointId = newId('ep', START, random);
    return (spanMs: number, nowMs = START, latestMs = nowMs + HORIZON) =>
      given().rateSlots.reserve(endpointId, spanMs, nowMs, latestMs);
  };

  test('stretches of a line follow each other, and begin now when the last has passed', async () => {
    const reserve = line();
    expect(await reserve(100)).toBe(START);
    expect(await reserve(250)).toBe(START + 100);
    expect(await reserve(100, START + 50)).toBe(START + 350);
    expect(await reserve(100, START + 450)).toBe(START + 450);
    expect(await reserve(100, START + 5_000)).toBe(START + 5_000);
  });

  test('each endpoint has a line of its own', async () => {
    const [one, other] = [line(), line()];
    expect(await one(1_000)).toBe(START);
    expect(await other(1_000)).toBe(START);
  });

  // DDBG/WorkingWithItems.html: an update is atomic
  test('those who reserve at the same moment get stretches that do not touch', async () => {
    const reserve = line();
    const begins = await Promise.all(Array.from({ length: 20 }, () => reserve(100)));
    const given = begins.filter((begin) => begin !== null).sort((one, other) => one - other);
    expect(given).toEqual(given.map((_, at) => START + at * 100));
    expect(given.length).toBeGreaterThan(0);
  });

  test('a stretch that would end too late is not reserved, one that just fits is', async () => {
    const reserve = line();
    expect(await reserve(500, START, START + 1_000)).toBe(START);
    expect(await reserve(501, START, START + 1_000)).toBeNull();
    expect(await reserve(500, START, START + 1_000)).toBe(START + 500);
    expect(await reserve(1, START, START + 1_000)).toBeNull();
    expect(await reserve(1, START + 1_000)).toBe(START + 1_000);
  });

  test('a stretch that is longer than the line may be is never reserved', async () => {
    const reserve = line();
    expect(await reserve(1_001, START, START + 1_000)).toBeNull();
    expect(await reserve(1_000, START, START + 1_000)).toBe(START);
    expect(await reserve(5_000, START, START + 1_000)).toBeNull();
  });

  test('thirds of a second add up without gap or overlap', async () => {
    const reserve = line();
    const begins: number[] = [];
    for (let count = 0; count < 9; count++) begins.push((await reserve(1_000 / 3)) ?? expect.fail('nothing reserved'));
    for (const [at, begin] of begins.entries()) {
      expect(Math.abs(begin - START - (at * 1_000) / 3)).toBeLessThan(0.01);
    }
  });
}
