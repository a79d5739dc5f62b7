import { expect, test } from 'vitest';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { EventRecord } from '../../../core/events/event.ts';
import { EVENT_POSITION } from '../../../core/history/readers.ts';
import { newId } from '../../../core/ids.ts';
import type { Segment } from '../../../core/listing/page.ts';
import { HEARTBEAT_TENANT } from '../../../core/tenant.ts';
import { START } from '../../support/delivery-world.ts';
import { anEvent, aRecord, random } from './samples.ts';
import { type StoreWorld, toTheEnd } from './world.ts';

const OPEN = { from: null, to: null };

export function listRules(given: () => StoreWorld): void {
  async function addEvent(at: number, changes: Partial<EventRecord> = {}): Promise<EventRecord> {
    const event = anEvent({ acceptedAt: at, ...changes });
    await given().events.create(event);
    return event;
  }

  async function addDelivery(at: number, changes: Partial<DeliveryRecord> = {}): Promise<DeliveryRecord> {
    const record = aRecord({ createdAt: at, updatedAt: at, endpointId: newId('ep', at, random), ...changes });
    await given().deliveries.put(record, null);
    return record;
  }

  /** Reads to the end, page by page. */
  async function all<Item>(walk: (after: string | null) => Promise<Segment<Item>>): Promise<Item[]> {
    const found = (await toTheEnd(walk)).flatMap((segment) => segment.found);
    for (const { position } of found) expect(position).toMatch(EVENT_POSITION);
    return found.map(({ item }) => item);
  }

  const ids = (items: { id: string }[]) => items.map(({ id }) => id);

  test.each([1, 2, 3, 7, 20])('events of a tenant are newest first across all shards, %i at a time', async (limit) => {
    const { lists } = given();
    const events: EventRecord[] = [];
    for (let count = 0; count < 10; count++) events.unshift(await addEvent(START + count));
    await addEvent(START, { tenant: 'another' });
    expect(await all((after) => lists.walk('acme', OPEN, after, limit))).toEqual(events);
  });

  test('events of the same time have an order, and may be split between pages', async () => {
    const { lists } = given();
    const events = await Promise.all(Array.from({ length: 6 }, () => addEvent(START)));
    const found = await all((after) => lists.walk('acme', OPEN, after, 2));
    expect(ids(found)).toEqual(ids(events).sort().reverse());
  });

  test('items added meanwhile do not disturb the list', async () => {
    const { lists } = given();
    for (let count = 0; count < 6; count++) await addEvent(START + count);
    const first = await lists.walk('acme', OPEN, null, 3);
    await addEvent(START + 100);
    const second = await lists.walk('acme', OPEN, first.next, 3);
    const times = [...first.found, ...second.found].map(({ item }) => item.acceptedAt - START);
    expect([times, second.next]).toEqual([[5, 4, 3, 2, 1, 0], null]);
  });

  test('a range includes its start but not its end', async () => {
    const { lists } = given();
    for (let count = 0; count < 5; count++) await addEvent(START + count);
    const times = async (from: number | null, to: number | null, limit = 10) => {
      const range = { from: from && START + from, to: to && START + to };
      return (await all((after) => lists.walk('acme', range, after, limit))).map((event) => event.acceptedAt - START);
    };
    expect(await times(1, 3)).toEqual([2, 1]);
    expect(await times(3, null)).toEqual([4, 3]);
    expect(await times(null, 2)).toEqual([1, 0]);
    expect(await times(1, 4, 1)).toEqual([3, 2, 1]);
    expect(await times(3, 1)).toEqual([]);
  });

  test('heartbeats are listed by their tenant, and not with those of all tenants', async () => {
    const { lists } = given();
    const beat = await addEvent(START, { tenant: HEARTBEAT_TENANT });
    const mine = await addEvent(START + 1);
    expect(ids(await all((after) => lists.walk(null, OPEN, after, 10)))).toEqual([mine.id]);
    expect(ids(await all((after) => lists.walk(HEARTBEAT_TENANT, OPEN, after, 10)))).toEqual([beat.id]);
  });

  test('events of all tenants are listed together', async () => {
    const { lists } = given();
    const mine = await addEvent(START);
    const theirs = await addEvent(START + 1, { tenant: 'another' });
    expect(ids(await all((after) => lists.walk(null, OPEN, after, 1)))).toEqual([theirs.id, mine.id]);
  });

  // DDBG/TTL.html: expired items are deleted within days, and can be read until then
  test('expired events are skipped, and the page says where to continue', async () => {
    const world = given();
    const endpointId = newId('ep', START, random);
    await addEvent(START, { expiresAt: START + 10_000 });
    await addDelivery(START, { endpointId, expiresAt: START + 10_000 });
    const kept = await addEvent(START - 1);
    const record = await addDelivery(START - 1, { endpointId });
    world.now = START + 10_000;
    const first = await world.lists.walk('acme', OPEN, null, 1);
    expect([first.found, first.examined, first.next !== null]).toEqual([[], 1, true]);
    const second = await world.lists.walk('acme', OPEN, first.next, 1);
    expect(second.found.map(({ item }) => item.id)).toEqual([kept.id]);
    expect(await all((after) => world.lists.ofEndpoint(endpointId, OPEN, after, 1))).toEqual([record]);
  });

  test("an endpoint's deliveries come newest first, by creation", async () => {
    const { lists } = given();
    const endpointId = newId('ep', START, random);
    const records: DeliveryRecord[] = [];
    for (let count = 0; count < 5; count++) records.unshift(await addDelivery(START + count, { endpointId }));
    await addDelivery(START);
    expect(await all((after) => lists.ofEndpoint(endpointId, OPEN, after, 2))).toEqual(records);
    const range = { from: START + 1, to: START + 3 };
    expect(await all((after) => lists.ofEndpoint(endpointId, range, after, 2))).toEqual(records.slice(2, 4));
  });

  test("an event's deliveries come by endpoint, the newest endpoint first, without those that have expired", async () => {
    const world = given();
    const eventId = newId('evt', START, random);
    const records: DeliveryRecord[] = [];
    for (let count = 0; count < 5; count++) records.unshift(await addDelivery(START + count, { eventId }));
    const first = await world.lists.ofEvent({ id: eventId }, null, 3);
    const second = await world.lists.ofEvent({ id: eventId }, first.next, 3);
    expect([...first.items, ...second.items]).toEqual(records);
    expect([first.next, second.next]).toEqual([records[2]?.endpointId, null]);
    expect(await world.lists.ofEvent({ id: newId('evt', START, random) }, null, 3)).toEqual({ items: [], next: null });
    const last = records[0] ?? expect.fail('no record');
    await world.deliveries.put({ ...last, expiresAt: START + 10_000, revision: 2 }, 1);
    world.now = START + 10_000;
    expect((await world.lists.ofEvent({ id: eventId }, null, 10)).items).toEqual(records.slice(1));
  });

  test.each([1, 7, 16, 100])("a wide event's deliveries are all listed, each once, %i at a time", async (limit) => {
    const { lists } = given();
    const eventId = newId('evt', START, random);
    const records: DeliveryRecord[] = [];
    for (let count = 0; count < 40; count++) records.push(await addDelivery(START + count, { eventId, wide: true }));
    const event = { id: eventId, wide: true };
    const pages = await toTheEnd((after) => lists.ofEvent(event, after, limit));
    for (const { items } of pages.slice(0, -1)) expect(items).toHaveLength(limit);
    const found = pages.flatMap(({ items }) => items);
    const byEndpoint = (one: DeliveryRecord, other: DeliveryRecord) => (one.endpointId < other.endpointId ? -1 : 1);
    expect(found.toSorted(byEndpoint)).toEqual(records.toSorted(byEndpoint));
    expect(await lists.ofEvent({ id: newId('evt', START, random), wide: true }, null, limit)).toEqual({
      items: [],
      next: null,
    });
  });
}
