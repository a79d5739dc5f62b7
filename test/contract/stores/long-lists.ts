import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import type { Item } from '../../../adapters/dynamodb/client.ts';
import { deliveryItem } from '../../../adapters/dynamodb/delivery-item.ts';
import { endpointItem } from '../../../adapters/dynamodb/endpoints.ts';
import type { AuditEntry } from '../../../core/audit/audit.ts';
import { listAudit } from '../../../core/audit/list.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import type { EventRecord } from '../../../core/events/event.ts';
import { type DeliveryListInput, listDeliveries } from '../../../core/history/list-deliveries.ts';
import { listEvents } from '../../../core/history/list-events.ts';
import { deliveryId, newId } from '../../../core/ids.ts';
import { listPage, type Page } from '../../../core/listing/page.ts';
import { anEndpoint, START } from '../../support/delivery-world.ts';
import type { DynamoDbWorld } from './dynamodb-world.ts';
import { anEntry, anEvent, aRecord, random } from './samples.ts';
import type { StoreWorld } from './world.ts';

const TOTAL = 10_000;
const LIMIT = 100;
const ANY_TIME = { from: null, to: null };
/** Three per millisecond, so that page boundaries fall between items of the same time. */
const moment = (count: number) => START + Math.floor(count / 3);
const sequence = <Item>(length: number, make: (count: number) => Item) =>
  Array.from({ length }, (_, count) => make(count));

/** Reads a list to its end, adding items before each further page. */
async function pageThrough<Item>(
  read: (cursor: string | undefined) => Promise<Page<Item>>,
  add: (page: number) => Promise<unknown>,
): Promise<Item[]> {
  const found: Item[] = [];
  let cursor: string | undefined;
  for (let page = 1; ; page++) {
    const { items, next } = await read(cursor);
    expect(items.length).toBeLessThanOrEqual(LIMIT);
    found.push(...items);
    if (next === null) return found;
    cursor = next;
    await add(page);
  }
}

/** Lists of 10,000 items page completely and without repeats, newest first, while items are being added. */
export function longListRules(given: () => StoreWorld | DynamoDbWorld): void {
  async function seedDeliveries(records: DeliveryRecord[]): Promise<void> {
    const world = given();
    const shards = { list: 3, waiting: world.waitingShards };
    if ('client' in world) {
      await seedItems(
        world,
        'ledger',
        records.map((record) => deliveryItem(record, shards)),
      );
    } else for (const record of records) await world.deliveries.put(record, null);
  }

  async function seedEndpoints(made: { endpoint: Endpoint; entry: AuditEntry }[]): Promise<void> {
    const world = given();
    if ('client' in world) {
      await seedItems(
        world,
        'registry',
        made.map(({ endpoint, entry }) => endpointItem(endpoint, entry)),
      );
    } else for (const { endpoint, entry } of made) await world.endpoints.put(endpoint, null, entry);
  }

  async function seedEvents(events: EventRecord[]): Promise<void> {
    for (let at = 0; at < events.length; at += 500) await given().events.createFresh(events.slice(at, at + 500));
  }

  function deliveries(input: Partial<DeliveryListInput>, cursor: string | undefined): Promise<Page<DeliveryRecord>> {
    const none = { endpointId: undefined, eventId: undefined, eventType: undefined, status: undefined };
    const { events, lists } = given();
    const ports = { events: { ...lists, find: events.find }, deliveries: lists };
    return listDeliveries({ tenant: 'acme', ...none, range: ANY_TIME, limit: LIMIT, ...input, cursor }, ports);
  }

  test('events, of one tenant and of all', async () => {
    const { events, lists } = given();
    const all = sequence(TOTAL, (count) => anEvent({ acceptedAt: moment(count) }));
    await seedEvents(all);
    const ports = {
      events: { ...lists, find: events.find },
      // An event's own deliveries are another list.
      deliveries: { ...lists, ofEvent: async () => ({ items: [], next: null }) },
    };

    const read = (tenant: string | null) =>
      pageThrough(
        (cursor) => listEvents({ tenant, type: undefined, range: ANY_TIME, limit: LIMIT, cursor }, ports),
        (page) => events.create(anEvent({ acceptedAt: START + TOTAL + page, tenant: 'another' })),
      );
    const newestFirst = all.map(({ acceptedAt, id }) => ({ acceptedAt, id })).sort(byTimeThenId);

    for (const tenant of [null, 'acme']) {
      const found = await read(tenant);
      expect(found.map(({ event: { acceptedAt, id } }) => ({ acceptedAt, id }))).toEqual(newestFirst);
    }
  });

  test('deliveries of an endpoint', async () => {
    const endpointId = newId('ep', START, random);
    const at = (createdAt: number) =>
      aRecord({ endpointId, createdAt, updatedAt: createdAt, eventId: newId('evt', createdAt, random) });
    const all = sequence(TOTAL, (count) => at(moment(count)));
    await seedDeliveries(all);

    const found = await pageThrough(
      (cursor) => deliveries({ endpointId }, cursor),
      (page) => given().deliveries.put(at(START + TOTAL + page), null),
    );

    const newestFirst = all
      .map(({ createdAt, eventId }) => ({ acceptedAt: createdAt, id: eventId }))
      .sort(byTimeThenId);
    expect(found.map(({ createdAt, eventId }) => ({ acceptedAt: createdAt, id: eventId }))).toEqual(newestFirst);
  });

  test('endpoints, and their audit entries until those are in the trail', async () => {
    const { audit, endpoints } = given();
    const make = (count: number) => {
      const endpoint = anEndpoint({ id: newId('ep', moment(count), random) });
      const entry = anEntry({ id: newId('aud', moment(count), random), at: moment(count), object: endpoint.id });
      return { endpoint, entry };
    };
    const all = sequence(TOTAL, make);
    await seedEndpoints(all);
    const newestFirst = (ids: string[]) => ids.toSorted().reverse();

    const listed = await pageThrough(
      async (cursor) => {
        const { items, next } = await listPage((count) => endpoints.list('acme', count, cursor ?? null), LIMIT);
        return { items, next };
      },
      (page) => endpoints.put(make(TOTAL * 3 + page).endpoint, null, null),
    );
    const entries = await pageThrough(
      (cursor) =>
        listAudit(
          { tenant: 'acme', seesAll: true, object: undefined, range: ANY_TIME, limit: LIMIT, cursor },
          { audit, pendingEntries: audit },
        ),
      async (page) => {
        // The scheduled task's work on entries before and behind the reader, and a new entry.
        const range = { from: moment(page * 90), to: moment(page * 90 + 60) };
        const { found } = await audit.list(range, null, 20);
        for (const { item } of found) {
          await audit.append(item.entry);
          await item.remove();
        }
        await audit.append(anEntry({ id: newId('aud', START + TOTAL + page, random), at: START + TOTAL + page }));
      },
    );

    expect(listed.map(({ id }) => id)).toEqual(newestFirst(all.map(({ endpoint }) => endpoint.id)));
    expect(entries.map(({ id }) => id)).toEqual(newestFirst(all.map(({ entry }) => entry.id)));
  });

  test('deliveries of a tenant, including those of a large event', async () => {
    const events = sequence(401, (count) => {
      const acceptedAt = START + count * 10;
      return anEvent({ acceptedAt, fanout: { 0: { matched: 24, endpointIds: [], last: true } } });
    });
    const all = events.flatMap((event, count) =>
      // Created when the event was accepted, so that all are ordered by creation.
      sequence(count === 200 ? 400 : 24, () => deliveryOf(event, event.acceptedAt)),
    );
    expect(all).toHaveLength(TOTAL);
    await seedEvents(events);
    await seedDeliveries(all);
    const known = new Set(all.map(idOf));

    const found = await pageThrough(
      (cursor) => deliveries({}, cursor),
      async (page) => {
        // A new event with a delivery, and late first attempts of events before and behind the reader.
        const event = anEvent({ acceptedAt: START + 10_000 + page });
        const late = [event, ...[page, 400 - page].flatMap((count) => events[count] ?? [])];
        await given().events.create(event);
        for (const one of late) await given().deliveries.put(deliveryOf(one, START + 10_000 + page), null);
      },
    );

    const ids = found.map(idOf);
    expect(new Set(ids).size).toBe(ids.length);
    const original = found.filter((record) => known.has(idOf(record)));
    expect(original).toHaveLength(TOTAL);
    const times = original.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });
}

async function seedItems(world: DynamoDbWorld, table: 'ledger' | 'registry', items: Item[]): Promise<void> {
  const { client, tables } = world;
  const requests = items.map((Item) => ({ PutRequest: { Item } }));
  for (let at = 0; at < requests.length; at += 500) {
    const batches = sequence(20, (count) => requests.slice(at + count * 25, at + count * 25 + 25));
    await Promise.all(
      batches
        .filter(({ length }) => length > 0)
        .map((batch) => client.send(new BatchWriteItemCommand({ RequestItems: { [tables[table]]: batch } }))),
    );
  }
}

function deliveryOf(event: EventRecord, createdAt: number): DeliveryRecord {
  const endpointId = newId('ep', createdAt, random);
  return aRecord({ eventId: event.id, endpointId, createdAt, updatedAt: createdAt, acceptedAt: event.acceptedAt });
}

const idOf = ({ eventId, endpointId }: DeliveryRecord) => deliveryId(eventId, endpointId);

function byTimeThenId(one: { acceptedAt: number; id: string }, other: { acceptedAt: number; id: string }): number {
  return other.acceptedAt - one.acceptedAt || (one.id < other.id ? 1 : -1);
}
