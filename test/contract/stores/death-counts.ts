import { expect, test } from 'vitest';
import { deathChanges } from '../../../core/deliveries/deaths.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { DAY_MS, HOUR_MS } from '../../../core/durations.ts';
import { aRecord } from './samples.ts';
import type { StoreWorld } from './world.ts';

const DAY = Date.parse('2026-11-22T00:00:00.000Z');
const at = (hour: number) => DAY + hour * HOUR_MS;
const aDeadLetter = { messageId: 'm', copy: 'c', firstReceivedAt: DAY, sentAt: DAY };
const dead = (updatedAt: number, changes: Partial<DeliveryRecord> = {}) =>
  aRecord({ status: 'dead', deadLetter: aDeadLetter, updatedAt, ...changes });
const NOTICE = { outbox: [{ kind: 'dead' as const, cycle: 1, at: DAY }] };
const inTime = () => true;

export function deathCountRules(given: () => StoreWorld): void {
  const count = (hour: number, by: 1 | -1 = 1) => {
    const { eventId, endpointId } = aRecord();
    return given().deliveries.countDeaths([{ eventId, endpointId, hour, by }]);
  };
  const store = async (...records: DeliveryRecord[]) => {
    for (const record of records) await given().deliveries.put(record, null);
  };
  /** By hours after the start of the day; without zeros. */
  async function counted(since = DAY) {
    const found = [...(await given().deaths.since(since))].filter(([, deaths]) => deaths !== 0);
    return Object.fromEntries(found.map(([hour, deaths]) => [(hour - DAY) / HOUR_MS, deaths]));
  }

  test('nothing is counted at first', async () => {
    expect(await counted()).toEqual({});
  });

  test('deaths are counted by their hour, also those counted at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, one) => count(at(one % 4))));
    expect(await counted()).toEqual({ 0: 5, 1: 5, 2: 5, 3: 5 });
  });

  test('the end of a death lowers the count of its hour, also below zero if the death was not counted', async () => {
    await count(at(3));
    await count(at(3));
    await count(at(3), -1);
    await count(at(23), -1);
    expect(await counted()).toEqual({ 3: 1, 23: -1 });
  });

  test('a delivery whose time of death changes moves to another hour', async () => {
    await count(at(3));
    const { eventId, endpointId } = aRecord();
    await given().deliveries.countDeaths([
      { eventId, endpointId, hour: at(3), by: -1 },
      { eventId, endpointId, hour: at(30), by: 1 },
    ]);
    expect(await counted()).toEqual({ 30: 1 });
  });

  test('hours before the first one are left out', async () => {
    for (const hour of [-1, 4, 5, 6, 24, 24 * 15]) await count(at(hour));
    expect(await counted(at(5))).toEqual({ 5: 1, 6: 1, 24: 1, [24 * 15]: 1 });
  });

  test('a recount counts what an older version did not, with or without notices', async () => {
    const deaths = [at(0), at(0) + 1, at(1) - 1, at(1), at(23), at(24) - 1];
    await store(...deaths.flatMap((died) => [dead(died), dead(died, NOTICE)]));
    await given().deaths.recount(DAY, at(24), inTime);
    expect(await counted()).toEqual({ 0: 6, 1: 2, 23: 4 });
  });

  test('a recount counts what was counted already once, in the same shard: also of wide events', async () => {
    for (let one = 0; one < 20; one++) {
      const record = dead(at(2), { wide: one % 2 === 0 });
      await store(record);
      await given().deliveries.countDeaths(deathChanges(undefined, record));
    }
    // Nothing is corrected in the shards whose count is right.
    await given().deaths.recount(DAY, at(24), inTime);
    expect(await counted()).toEqual({ 2: 20 });
    await count(at(2), -1);
    await given().deaths.recount(DAY, at(24), inTime);
    expect(await counted()).toEqual({ 2: 20 });
  });

  test('a recount counts only dead deliveries with a dead letter', async () => {
    const undecided = { deadLetter: null, deathReason: 'filter' } as const;
    await store(
      ...[dead(at(1), undecided), dead(at(1), { ...undecided, ...NOTICE })],
      ...(['delivered', 'discarded', 'retrying'] as const).flatMap((status) => [
        dead(at(1), { status, deadLetter: null }),
        dead(at(1), { status, deadLetter: null, ...NOTICE }),
      ]),
    );
    const revived = dead(at(1));
    await store(revived, dead(at(1)));
    await given().deliveries.put({ ...revived, status: 'retrying', revision: 2 }, 1);
    await given().deaths.recount(DAY, at(24), inTime);
    expect(await counted()).toEqual({ 1: 1 });
  });

  test('a recount corrects counts that are too high, too low, or of an hour in which nothing died', async () => {
    await store(dead(at(1)), dead(at(2)), dead(at(2)), dead(at(3)));
    for (const hour of [1, 1, 1, 2, 3, 9]) await count(at(hour));
    await count(at(10), -1);
    await given().deaths.recount(DAY, at(24), inTime);
    expect(await counted()).toEqual({ 1: 1, 2: 2, 3: 1 });
  });

  test('a recount leaves other days, and hours from its end on', async () => {
    await store(dead(at(-1)), dead(at(5)), dead(at(6)), dead(at(24)));
    for (const hour of [6, 6, 24, 24]) await count(at(hour));
    await given().deaths.recount(DAY, at(6), inTime);
    expect(await counted(DAY - DAY_MS)).toEqual({ 5: 1, 6: 2, 24: 2 });
  });

  test('a recount to the middle of an hour counts the hour as far as it has come', async () => {
    await store(dead(at(5)), dead(at(5) + 1_000), dead(at(5) + 2_000));
    await given().deaths.recount(DAY, at(5) + 2_000, inTime);
    expect(await counted()).toEqual({ 5: 2 });
  });

  test('a recount without time leaves the counts as they are', async () => {
    await store(dead(at(5)));
    await count(at(7));
    await given().deaths.recount(DAY, at(24), () => false);
    expect(await counted()).toEqual({ 7: 1 });
  });

  test('what the reconciliation remembers is found as it was written last', async () => {
    const { reconciliation } = given();
    expect(await reconciliation.find()).toBeUndefined();
    const first = { recountedAt: null, recounting: null, lookedAt: DAY, looked: 0, rest: null };
    await reconciliation.put(first);
    expect(await reconciliation.find()).toEqual(first);
    const next = { ...first, recounting: DAY, looked: 7, rest: { difference: -3, until: at(1) } };
    await reconciliation.put(next);
    expect(await reconciliation.find()).toEqual(next);
  });
}
