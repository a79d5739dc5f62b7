import { expect, test } from 'vitest';
import type { EventRecord } from '../../../core/events/event.ts';
import type { Sought } from '../../../core/fanout/unfinished.ts';
import { HEARTBEAT_TENANT } from '../../../core/tenant.ts';
import { DAY, START } from '../../support/delivery-world.ts';
import { anEvent, aRecord } from './samples.ts';
import { type StoreWorld, toTheEnd } from './world.ts';

const MINUTE = 60_000;
const done = { matched: 1, endpointIds: ['ep_1'], last: true };

export function unfinishedEventRules(given: () => StoreWorld): void {
  const inShards = async <Found>(read: (shard: number) => Promise<Found[]>): Promise<Found[]> =>
    (await Promise.all(Array.from({ length: given().listShards }, (_, shard) => read(shard)))).flat();
  const store = async (...events: EventRecord[]) => {
    for (const event of events) await given().events.create(event);
  };
  const found = async (beforeMs: number, sought: Sought = 'fan-outs') => {
    const all = await inShards(
      async (shard) => (await given().unfinished.search(shard, sought, null, beforeMs, 100)).found,
    );
    return all.map(({ eventId }) => eventId).sort();
  };
  const due = (untilMs: number) =>
    inShards(async (shard) => (await given().unfinished.due(shard, untilMs, null, 100)).entries);

  test('a search finds the events before a time whose fan-out is not done', async () => {
    const [old, begun, finished, young] = [anEvent(), anEvent(), anEvent(), anEvent({ acceptedAt: START + MINUTE })];
    await store(old, begun, finished, young);
    await given().events.notePage(begun.id, 0, { ...done, last: false, next: '0#a#ep_1' });
    await given().events.notePage(finished.id, 0, done);
    expect(await found(START)).toEqual([]);
    expect(await found(START + MINUTE)).toEqual([old.id, begun.id].sort());
    expect(await found(START + MINUTE + 1)).toEqual([old.id, begun.id, young.id].sort());
  });

  test('a search finds no heartbeat', async () => {
    await store(anEvent({ tenant: HEARTBEAT_TENANT }));
    expect(await found(START + MINUTE)).toEqual([]);
  });

  test('a search finds when its events expire, and none that are expired', async () => {
    const world = given();
    const [lasting, expired] = [anEvent(), anEvent({ expiresAt: START + MINUTE })];
    await store(lasting, expired);
    world.now = START + MINUTE;
    const all = await inShards(
      async (shard) => (await world.unfinished.search(shard, 'fan-outs', null, START + 1, 100)).found,
    );
    expect(all).toEqual([{ eventId: lasting.id, expiresAt: START + 30 * DAY }]);
  });

  test('a search goes on where the last one ended, and leaves no event out', async () => {
    const events = Array.from({ length: 23 }, (_, at) => anEvent({ acceptedAt: START + (at % 5) }));
    await store(...events);
    const all = await inShards(async (shard) => {
      const pages = await toTheEnd(async (after) => {
        const page = await given().unfinished.search(shard, 'fan-outs', after, START + MINUTE, 4);
        expect(page.found.length).toBeLessThanOrEqual(4);
        return { ...page, next: page.searchedTo };
      });
      return pages.flatMap(({ found }) => found);
    });
    expect(all.map(({ eventId }) => eventId).sort()).toEqual(events.map(({ id }) => id).sort());
  });

  test('an event that was finished is searched past, too', async () => {
    const event = anEvent();
    await store(event);
    await given().events.notePage(event.id, 0, done);
    const searched = await inShards(async (shard) => [
      (await given().unfinished.search(shard, 'fan-outs', null, START + MINUTE, 4)).searchedTo,
    ]);
    expect(searched.filter((position) => position !== null)).toEqual([`2026-11-22T10:00:00.000Z#${event.id}`]);
  });

  test('a search for deliveries finds the events with one that is noted and has no record', async () => {
    const world = given();
    const [pending, begun, wide, recorded] = [anEvent(), anEvent(), anEvent(), anEvent()];
    await store(pending, begun, wide, recorded, anEvent());
    await world.events.markWide(wide.id, true);
    for (const { id } of [pending, wide, recorded]) {
      await world.events.notePage(id, 0, { ...done, endpointIds: ['ep_1', 'ep_2'] });
    }
    await world.events.notePage(begun.id, 0, { ...done, last: false, next: '0#a#ep_1' });
    const put = (eventId: string, endpointId: string, isWide = false) =>
      world.deliveries.put(aRecord({ eventId, endpointId, wide: isWide }), null);
    await put(pending.id, 'ep_1');
    for (const endpointId of ['ep_1', 'ep_2']) {
      await put(wide.id, endpointId, true);
      await put(recorded.id, endpointId);
    }
    expect(await found(START, 'deliveries')).toEqual([]);
    expect(await found(START + 1, 'deliveries')).toEqual([pending.id, begun.id].sort());
    await put(pending.id, 'ep_2');
    expect(await found(START + 1, 'deliveries')).toEqual([begun.id]);
  });

  // DDBG/WorkingWithItems.html, conditional writes
  test('how far a shard was searched is kept for each search, and never goes back', async () => {
    const { unfinished } = given();
    const searched = (shard: number, sought: Sought) => unfinished.searchedTo(shard, sought);
    expect(await searched(0, 'fan-outs')).toBeNull();
    await unfinished.noteSearched(0, 'fan-outs', 'b');
    await unfinished.noteSearched(0, 'fan-outs', 'a');
    expect(await searched(0, 'fan-outs')).toBe('b');
    await unfinished.noteSearched(0, 'fan-outs', 'c');
    await unfinished.noteSearched(1, 'deliveries', 'd');
    expect([await searched(0, 'fan-outs'), await searched(1, 'fan-outs')]).toEqual(['c', null]);
    expect([await searched(0, 'deliveries'), await searched(1, 'deliveries')]).toEqual([null, 'd']);
  });

  test('an entry is due from its time on, and again when it was put off', async () => {
    const { unfinished } = given();
    const entry = { eventId: anEvent().id, announced: 0, dueAt: START, expiresAt: START + DAY };
    await unfinished.update([entry], []);
    expect(await due(START - 1)).toEqual([]);
    const { dueAt: _, ...read } = entry;
    expect(await due(START)).toEqual([read]);
    await unfinished.update([{ ...entry, announced: 1, dueAt: START + MINUTE }], []);
    expect(await due(START)).toEqual([]);
    expect(await due(START + MINUTE)).toEqual([{ ...read, announced: 1 }]);
  });

  // API_BatchWriteItem: 25 writes a call
  test('any number of entries is written and removed at once', async () => {
    const { unfinished } = given();
    const entries = Array.from({ length: 60 }, (_, at) => ({
      ...{ eventId: anEvent().id, announced: at, dueAt: START + (at % 3), expiresAt: START + DAY },
    }));
    await unfinished.update(entries, ['evt_unknown']);
    const [first, ...others] = entries.map(({ eventId }) => eventId);
    expect((await due(START + 3)).map(({ eventId }) => eventId).sort()).toEqual([first, ...others].sort());
    await unfinished.update([], others);
    expect((await due(START + 3)).map(({ eventId }) => eventId)).toEqual([first]);
    await unfinished.update([], []);
  });

  test('due entries are read in pages, the longest due first', async () => {
    const { unfinished } = given();
    await unfinished.update(
      Array.from({ length: 17 }, (_, at) => ({
        ...{ eventId: anEvent().id, announced: 1, dueAt: START + at, expiresAt: START + DAY },
      })),
      [],
    );
    const counts = await inShards(async (shard) => {
      const pages = await toTheEnd((after) => unfinished.due(shard, START + MINUTE, after, 3));
      const ids = pages.flatMap(({ entries }) => entries.map(({ eventId }) => eventId));
      expect(new Set(ids).size).toBe(ids.length);
      return [ids.length];
    });
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(17);
  });
}
