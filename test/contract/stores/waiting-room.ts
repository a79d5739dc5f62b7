import { expect, test } from 'vitest';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { HOUR_MS as HOUR } from '../../../core/durations.ts';
import { newId } from '../../../core/ids.ts';
import { DAY, START } from '../../support/delivery-world.ts';
import { aRecord, random } from './samples.ts';
import { type StoreWorld, toTheEnd } from './world.ts';

const backingOff = (nextAttemptAt: number) => aRecord({ status: 'waiting', waitingFor: 'backoff', nextAttemptAt });

/** Event ids of all due deliveries in all shards, read page by page. Each shard is in order of time. */
export async function allDue(world: StoreWorld, untilMs: number, limit = 100): Promise<string[]> {
  const found: string[] = [];
  for (let shard = 0; shard < world.waitingShards; shard++) {
    const pages = await toTheEnd((after) => world.waitingRoom.due(shard, untilMs, limit, after));
    for (const { keys } of pages) expect(keys.length).toBeLessThanOrEqual(limit);
    found.push(...pages.flatMap(({ keys }) => keys.map(({ eventId }) => eventId)));
  }
  return found;
}

async function allHeld(
  world: StoreWorld,
  endpointId: string,
  limit = 100,
  beforeMs = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const found: string[] = [];
  for (let shard = 0; shard < world.waitingShards; shard++) {
    const { keys } = await world.waitingRoom.held(endpointId, shard, limit, beforeMs);
    expect(keys.length).toBeLessThanOrEqual(limit);
    found.push(...keys.map(({ eventId }) => eventId));
  }
  return found;
}

const idsOf = (records: readonly DeliveryRecord[]) => records.map(({ eventId }) => eventId).sort();

export function waitingRoomRules(given: () => StoreWorld): void {
  test('deliveries due before a time are found until they are cleared', async () => {
    const world = given();
    const late = backingOff(START + 59_999);
    const early = backingOff(START - DAY);
    const others = [backingOff(START + 60_000), backingOff(START + DAY), aRecord(), aRecord({ status: 'dead' })];
    for (const record of [late, early, ...others]) await world.deliveries.put(record, null);
    expect((await allDue(world, START + 60_000)).sort()).toEqual(idsOf([early, late]));

    const sent = { ...early, status: 'retrying', waitingFor: null, nextAttemptAt: START } as const;
    await world.deliveries.put({ ...sent, revision: 2 }, 1);
    expect(await allDue(world, START + 60_000)).toEqual([late.eventId]);
  });

  test.each([1, 7, 10, 25, 100])('a shard is read in order of time, without gaps, %i at a time', async (limit) => {
    const world = given();
    const records = Array.from({ length: 25 }, (_, at) => backingOff(START - (at % 5) * 1_000));
    for (const record of records) await world.deliveries.put(record, null);
    for (let shard = 0; shard < world.waitingShards; shard++) {
      const pages = await toTheEnd((after) => world.waitingRoom.due(shard, START + 1, limit, after));
      const times = pages.flatMap(({ keys }) =>
        keys.map(({ eventId }) => records.find((record) => record.eventId === eventId)?.nextAttemptAt ?? 0),
      );
      expect(times).toEqual(times.toSorted((one, other) => one - other));
    }
    expect((await allDue(world, START + 1, limit)).sort()).toEqual(idsOf(records));
  });

  test('held deliveries are found by endpoint, oldest event first, and are never due', async () => {
    const world = given();
    const endpointId = newId('ep', START, random);
    const held = (acceptedAt: number, waitingFor: 'paused' | 'circuit') =>
      aRecord({ endpointId, status: 'waiting', waitingFor, acceptedAt, nextAttemptAt: null });
    const records = [held(START + 2, 'paused'), held(START, 'circuit'), held(START + 1, 'paused')];
    const elsewhere = aRecord({ endpointId: 'ep_other', status: 'waiting', waitingFor: 'paused' });
    const over = aRecord({ endpointId, status: 'delivered' });
    for (const record of [...records, elsewhere, over]) await world.deliveries.put(record, null);
    expect((await allHeld(world, endpointId)).sort()).toEqual(idsOf(records));
    expect(await allHeld(world, newId('ep', START, random))).toEqual([]);
    expect(await allHeld(world, endpointId, 100, START + 1)).toEqual(idsOf(records.slice(1, 2)));
    expect(await allDue(world, START + 365 * DAY)).toEqual([]);
    for (let shard = 0; shard < world.waitingShards; shard++) {
      const page = await world.waitingRoom.held(endpointId, shard, 100, Number.POSITIVE_INFINITY);
      const accepted = page.keys.map(({ eventId }) => records.find((one) => one.eventId === eventId)?.acceptedAt ?? 0);
      expect(accepted).toEqual(accepted.toSorted((one, other) => one - other));
      expect(page.next).toBeNull();
    }
  });

  test('the deliveries of a wide event wait in all shards, and are found with their keys', async () => {
    const world = given();
    const eventId = newId('evt', START, random);
    const due = Array.from({ length: 60 }, () =>
      aRecord({
        ...{ eventId, endpointId: newId('ep', START, random), wide: true },
        ...{ status: 'waiting', waitingFor: 'backoff', nextAttemptAt: START },
      }),
    );
    for (const record of due) await world.deliveries.put(record, null);
    const shards = Array.from({ length: world.waitingShards }, (_, shard) => shard);
    const pages = await Promise.all(shards.map((shard) => world.waitingRoom.due(shard, START + 1, 100, null)));
    expect(pages.filter(({ keys }) => keys.length === 0)).toEqual([]);
    const loaded = await world.deliveries.load(
      pages.flatMap(({ keys }) => keys),
      [],
    );
    expect(loaded.records.size).toBe(60);
  });

  test('held deliveries are released in steps: clearing some makes room for the rest', async () => {
    const world = given();
    const endpointId = newId('ep', START, random);
    const records = Array.from({ length: 12 }, (_, at) =>
      aRecord({ endpointId, status: 'waiting', waitingFor: 'paused', acceptedAt: START + at }),
    );
    for (const record of records) await world.deliveries.put(record, null);
    const released: string[] = [];
    for (let round = 0; round < 12 && released.length < 12; round++) {
      for (const eventId of await allHeld(world, endpointId, 3)) {
        const record = records.find((one) => one.eventId === eventId) ?? expect.fail('released twice');
        await world.deliveries.put({ ...record, status: 'retrying', waitingFor: null, revision: 2 }, 1);
        released.push(eventId);
      }
    }
    expect(released.sort()).toEqual(idsOf(records));
    expect(await allHeld(world, endpointId)).toEqual([]);
  });

  test('over the rate limit, a delivery with a slot has a message already, and one without is due like any other', async () => {
    const world = given();
    const limited = (slot: number | null) =>
      aRecord({ status: 'waiting', waitingFor: 'rate_limit', nextAttemptAt: START, slot });
    const [onItsWay, stays] = [limited(START), limited(null)];
    for (const record of [onItsWay, stays]) await world.deliveries.put(record, null);
    expect(await allDue(world, START + 1)).toEqual([stays.eventId]);
    expect(await allHeld(world, stays.endpointId)).toEqual([]);
  });

  test('a delivery whose message is on its way is due when it is overdue by an hour, or by its age up to a day', async () => {
    const world = given();
    const retrying = (ageMs: number) =>
      aRecord({ status: 'retrying', acceptedAt: START - ageMs, nextAttemptAt: START, updatedAt: START - 1_000 });
    const [fresh, older, oldest] = [retrying(0), retrying(2 * HOUR), retrying(9 * DAY)];
    const limited = aRecord({ status: 'waiting', waitingFor: 'rate_limit', acceptedAt: START, slot: START + HOUR });
    const claimed = aRecord({ status: 'retrying', acceptedAt: START, nextAttemptAt: null, updatedAt: START + HOUR });
    const over = aRecord({ status: 'delivered', acceptedAt: START });
    for (const record of [fresh, older, oldest, limited, claimed, over]) await world.deliveries.put(record, null);
    expect(await allDue(world, START + HOUR)).toEqual([]);
    expect(await allDue(world, START + HOUR + 1)).toEqual([fresh.eventId]);
    expect((await allDue(world, START + 2 * HOUR + 1)).sort()).toEqual(idsOf([fresh, older, limited, claimed]));
    expect(await allDue(world, START + DAY)).not.toContain(oldest.eventId);
    expect((await allDue(world, START + DAY + 1)).sort()).toEqual(idsOf([fresh, older, limited, claimed, oldest]));
  });

  test('a delivery whose reason to wait changes moves between the lists', async () => {
    const world = given();
    const record = backingOff(START);
    await world.deliveries.put(record, null);
    await world.deliveries.put({ ...record, waitingFor: 'paused', nextAttemptAt: null, revision: 2 }, 1);
    expect(await allDue(world, START + DAY)).toEqual([]);
    expect(await allHeld(world, record.endpointId)).toEqual([record.eventId]);
  });
}
