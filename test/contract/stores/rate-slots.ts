import { expect, test } from 'vitest';
import { newId } from '../../../core/ids.ts';
import type { RateMark, SlotGrant, SlotRequest } from '../../../core/rate/slots.ts';
import { START } from '../../support/delivery-world.ts';
import { random } from './samples.ts';
import type { StoreWorld } from './world.ts';

const HORIZON = 900_000;

type Slots = Pick<StoreWorld, 'rateSlots'>;

export function rateSlotRules(given: () => StoreWorld): void {
  const endpoint = () => {
    const endpointId = newId('ep', START, random);
    return (mark: RateMark, wanted: Partial<SlotRequest> = {}, { rateSlots }: Slots = given()): Promise<SlotGrant> => {
      const { nowMs = START } = wanted;
      const rest = { count: 1, perSecond: 10, nowMs, latestMs: nowMs + HORIZON };
      return rateSlots.take(endpointId, mark, { ...rest, ...wanted });
    };
  };
  const from = (begin: number, count = 1) => ({ begin, count });
  const NOTHING = expect.objectContaining({ count: 0 });

  test.each(['line', 'gate'] as const)(
    'slots of the %s follow each other, and start now if the last has passed',
    async (mark) => {
      const take = endpoint();
      expect(await take(mark)).toEqual(from(START));
      expect(await take(mark, { count: 2, perSecond: 8 })).toEqual(from(START + 100, 2));
      expect(await take(mark, { nowMs: START + 50 })).toEqual(from(START + 350));
      expect(await take(mark, { nowMs: START + 450 })).toEqual(from(START + 450));
      expect(await take(mark, { nowMs: START + 5_000 })).toEqual(from(START + 5_000));
    },
  );

  test('the two marks advance independently', async () => {
    const take = endpoint();
    expect(await take('line', { count: 5 })).toEqual(from(START, 5));
    expect(await take('gate')).toEqual(from(START));
    expect(await take('line')).toEqual(from(START + 500));
    expect(await take('gate')).toEqual(from(START + 100));
  });

  test('each endpoint has its own marks', async () => {
    const [one, other] = [endpoint(), endpoint()];
    expect(await one('line', { perSecond: 1 })).toEqual(from(START));
    expect(await other('line', { perSecond: 1 })).toEqual(from(START));
  });

  // DDBG/WorkingWithItems.html: an update is atomic
  test('concurrent takers get slots that do not overlap', async () => {
    const take = endpoint();
    const all = await Promise.all(Array.from({ length: 20 }, () => take('gate')));
    const taken = all.filter(({ count }) => count > 0).sort((one, other) => one.begin - other.begin);
    expect(taken).toEqual(taken.map((_, at) => from(START + at * 100)));
    expect(taken.length).toBeGreaterThan(0);
  });

  test('slots are taken only if they start in time', async () => {
    const take = endpoint();
    const latestMs = START + 1_000;
    expect(await take('gate', { count: 20, latestMs })).toEqual(from(START, 11));
    expect(await take('gate', { latestMs })).toEqual(NOTHING);
    expect(await take('gate', { latestMs: START + 1_100 })).toEqual(from(START + 1_100));
    expect(await take('gate', { nowMs: START + 2_000, latestMs: START + 1_999 })).toEqual(NOTHING);
    expect(await take('gate', { nowMs: START + 2_000 })).toEqual(from(START + 2_000));
  });

  test('while the line is not empty, requests that must wait behind it take nothing', async () => {
    const take = endpoint();
    expect(await take('gate', { unlessLine: true })).toEqual(from(START));
    expect(await take('line', { count: 3 })).toEqual(from(START, 3));
    expect(await take('gate', { nowMs: START + 299, unlessLine: true })).toEqual(NOTHING);
    expect(await take('gate', { nowMs: START + 299 })).toEqual(from(START + 299));
    expect(await take('gate', { nowMs: START + 300, unlessLine: true })).toEqual(from(START + 399));
  });

  test('a line under a lower limit has ended for a higher one, and restarts', async () => {
    const take = endpoint();
    expect(await take('line', { count: 3, perSecond: 1 })).toEqual(from(START, 3));
    expect(await take('gate', { unlessLine: true, perSecond: 1 })).toEqual(NOTHING);
    expect(await take('gate', { unlessLine: true, perSecond: 2 })).toEqual(from(START));
    expect(await take('line', { nowMs: START + 50, count: 4, perSecond: 2 })).toEqual(from(START + 50, 4));
    expect(await take('gate', { nowMs: START + 1_000, unlessLine: true, perSecond: 2 })).toEqual(NOTHING);
    expect(await take('gate', { nowMs: START + 2_050, unlessLine: true, perSecond: 2 })).toEqual(from(START + 2_050));
  });

  test('requests with the lower limit wait behind the line of the higher one, and keep its limit', async () => {
    const take = endpoint();
    expect(await take('line', { count: 3, perSecond: 1 })).toEqual(from(START, 3));
    expect(await take('line', { perSecond: 4 })).toEqual(from(START));
    expect(await take('line', { count: 2, perSecond: 1 })).toEqual(from(START + 250, 2));
    expect(await take('gate', { unlessLine: true, perSecond: 1 })).toEqual(NOTHING);
    expect(await take('gate', { unlessLine: true, perSecond: 4 })).toEqual(NOTHING);
    expect(await take('line', { perSecond: 4 })).toEqual(from(START + 2_250));
  });

  test('a line that has passed takes the limit of the next request', async () => {
    const take = endpoint();
    expect(await take('line', { count: 3, perSecond: 4 })).toEqual(from(START, 3));
    const nowMs = START + 750;
    expect(await take('line', { nowMs, count: 9, perSecond: 1 })).toEqual(from(nowMs, 9));
    expect(await take('gate', { nowMs, unlessLine: true, perSecond: 1 })).toEqual(NOTHING);
    expect(await take('gate', { nowMs, unlessLine: true, perSecond: 4 })).toEqual(from(nowMs));
  });

  test('a line of a lower limit is not continued by a container with its own limit cached', async () => {
    const take = endpoint();
    const other = { rateSlots: given().otherRateSlots };
    expect(await take('line', { count: 10, perSecond: 5 })).toEqual(from(START, 10));
    expect(await take('line', { nowMs: START + 3_000, count: 5, perSecond: 1 }, other)).toEqual(from(START + 3_000, 5));
    // By a slow clock, its own line still lies ahead.
    expect(await take('line', { nowMs: START + 1_000, perSecond: 5 })).toEqual(from(START + 1_000));
  });

  test('a limit is distinguished from the next higher one, even if 1/limit is periodic', async () => {
    for (const perSecond of [3, 6, 7, 998, 999]) {
      const take = endpoint();
      await take('line', { count: 20, perSecond });
      expect(await take('gate', { unlessLine: true, perSecond })).toEqual(NOTHING);
      expect(await take('gate', { unlessLine: true, perSecond: perSecond + 1 })).toMatchObject({ count: 1 });
    }
  });

  test('thirds of a second add up without gap or overlap', async () => {
    const take = endpoint();
    for (let count = 0; count < 9; count++) {
      const { begin } = await take('gate', { perSecond: 3 });
      expect(Math.abs(begin - START - (count * 1_000) / 3)).toBeLessThan(0.01);
    }
  });

  test.each([
    { perSecond: 3, count: 1 },
    { perSecond: 7, count: 1 },
    { perSecond: 1_000, count: 10 },
  ])('at $perSecond a second, one second gives all its slots and no more', async ({ perSecond, count }) => {
    const take = endpoint();
    const wanted = { count, perSecond, latestMs: START + 1_000 - 1_000 / perSecond };
    let had = 0;
    for (let taken = await take('gate', wanted); taken.count > 0; taken = await take('gate', wanted))
      had += taken.count;
    // Marks are stored to the thousandth of a millisecond.
    expect(had).toBeGreaterThanOrEqual(perSecond - 1);
    expect(had).toBeLessThanOrEqual(perSecond);
  });
}
