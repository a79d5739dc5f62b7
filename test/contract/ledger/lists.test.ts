import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDeliveryLedger } from '../../../adapters/dynamodb/delivery-ledger.ts';
import { createDeliveryLists } from '../../../adapters/dynamodb/delivery-lists.ts';
import { createEventLedger } from '../../../adapters/dynamodb/event-ledger.ts';
import { createEventLists } from '../../../adapters/dynamodb/event-lists.ts';
import { MemoryDeliveryLedger } from '../../../adapters/memory/delivery-ledger.ts';
import { MemoryEventLedger } from '../../../adapters/memory/event-ledger.ts';
import { createMemoryLists } from '../../../adapters/memory/ledger-lists.ts';
import { startOf } from '../../../core/deliveries/advance.ts';
import type { DeliveryReader } from '../../../core/deliveries/reader.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { EventRecord } from '../../../core/events/event.ts';
import { type EventReader, POSITION } from '../../../core/events/reader.ts';
import { newId } from '../../../core/ids.ts';
import type { Stretch } from '../../../core/listing/page.ts';
import { aMessage, DAY, START } from '../../support/delivery-world.ts';
import { startTables, type TestTables } from '../../support/dynamodb.ts';
import { seededRandom } from '../../support/seeded-random.ts';

interface Subject {
  lists: DeliveryReader & Pick<EventReader, 'walk'>;
  addEvent(event: EventRecord): Promise<unknown>;
  addDelivery(record: DeliveryRecord): Promise<unknown>;
}

const LIST_SHARDS = 3;
const random = seededRandom(23);
let now = START;
const clock = () => now;
const wait = async () => undefined;
let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const subjects: [string, () => Subject][] = [
  [
    'memory',
    () => {
      const events = new MemoryEventLedger(clock);
      const ledger = new MemoryDeliveryLedger({ endpoints: new Map(), health: new Map() });
      return {
        lists: createMemoryLists({ events: events.events, records: ledger.records, clock }),
        addEvent: events.create,
        addDelivery: (record) => ledger.put(record, null),
      };
    },
  ],
  [
    'DynamoDB',
    () => {
      const { client, ledger: table, registry: registryTable } = tables;
      const options = { client, table, clock, wait, listShards: LIST_SHARDS };
      const shards = { list: LIST_SHARDS, waiting: 1 };
      const ledger = createDeliveryLedger({ client, ledgerTable: table, registryTable, shards, clock, wait });
      return {
        lists: { ...createEventLists(options), ...createDeliveryLists(options) },
        addEvent: createEventLedger(options).create,
        addDelivery: (record) => ledger.put(record, null),
      };
    },
  ],
];

const OPEN = { from: null, to: null };
let tenants = 0;

describe.each(subjects)('lists of the ledger (%s)', (_, create) => {
  let subject: Subject;
  let tenant: string;
  beforeEach(() => {
    now = START;
    subject = create();
    tenant = `tenant-${++tenants}`;
  });

  async function addEvent(at: number, changes: Partial<EventRecord> = {}): Promise<EventRecord> {
    const event: EventRecord = {
      id: newId('evt', at, random),
      tenant,
      type: 'order.created',
      timestamp: new Date(at).toISOString(),
      acceptedAt: at,
      sizeBytes: 1,
      payload: { key: 'k', offset: 0, length: 1 },
      requestHash: 'h',
      nonce: 'n',
      traceId: 't',
      expiresAt: at + 30 * DAY,
      fanout: {},
      ...changes,
    };
    await subject.addEvent(event);
    return event;
  }

  async function addDelivery(at: number, changes: Partial<DeliveryRecord> = {}): Promise<DeliveryRecord> {
    const record: DeliveryRecord = {
      ...startOf(aMessage({ eventId: newId('evt', at, random), endpointId: newId('ep', at, random) }), at),
      revision: 1,
      ...changes,
    };
    await subject.addDelivery(record);
    return record;
  }

  /** Walks to the end in stretches. */
  async function all<Item>(walk: (after: string | null) => Promise<Stretch<Item>>): Promise<Item[]> {
    const items: Item[] = [];
    let after: string | null = null;
    do {
      const stretch: Stretch<Item> = await walk(after);
      for (const { item, position } of stretch.found) {
        expect(position).toMatch(POSITION);
        items.push(item);
      }
      after = stretch.next;
    } while (after !== null);
    return items;
  }

  const ids = (items: { id: string }[]) => items.map(({ id }) => id);

  it.each([1, 2, 3, 7, 20])('walk the events of a tenant newest first over all shards, %i at a time', async (limit) => {
    const events: EventRecord[] = [];
    for (let count = 0; count < 10; count++) events.unshift(await addEvent(START + count));
    await addEvent(START, { tenant: 'another' });
    const found = await all((after) => subject.lists.walk(tenant, OPEN, after, limit));
    expect(found).toEqual(events);
  });

  it('order the events of one moment, and part them between pages', async () => {
    const events = await Promise.all(Array.from({ length: 6 }, () => addEvent(START)));
    const found = await all((after) => subject.lists.walk(tenant, OPEN, after, 2));
    expect(ids(found)).toEqual(ids(events).sort().reverse());
  });

  it('are not disturbed by what is added on the way', async () => {
    for (let count = 0; count < 6; count++) await addEvent(START + count);
    const first = await subject.lists.walk(tenant, OPEN, null, 3);
    await addEvent(START + 100);
    const second = await subject.lists.walk(tenant, OPEN, first.next, 3);
    const times = [...first.found, ...second.found].map(({ item }) => item.acceptedAt - START);
    expect([times, second.next]).toEqual([[5, 4, 3, 2, 1, 0], null]);
  });

  it('take a range that includes its start and not its end', async () => {
    for (let count = 0; count < 5; count++) await addEvent(START + count);
    const times = async (from: number | null, to: number | null, limit = 10) =>
      (
        await all((after) =>
          subject.lists.walk(tenant, { from: from && START + from, to: to && START + to }, after, limit),
        )
      ).map(({ acceptedAt }) => acceptedAt - START);
    expect(await times(1, 3)).toEqual([2, 1]);
    expect(await times(3, null)).toEqual([4, 3]);
    expect(await times(null, 2)).toEqual([1, 0]);
    expect(await times(1, 4, 1)).toEqual([3, 2, 1]);
    expect(await times(3, 1)).toEqual([]);
  });

  it('walk the events of all tenants', async () => {
    const mine = await addEvent(START + 200 * DAY);
    const theirs = await addEvent(START + 200 * DAY + 1, { tenant: `${tenant}-other` });
    const range = { from: START + 200 * DAY, to: START + 200 * DAY + 2 };
    expect(ids(await all((after) => subject.lists.walk(null, range, after, 1)))).toEqual([theirs.id, mine.id]);
  });

  it('walk over what has expired without showing it, and say where to go on', async () => {
    await addEvent(START, { expiresAt: START + 10_000 });
    const kept = await addEvent(START - 1);
    now = START + 10_000;
    const first = await subject.lists.walk(tenant, OPEN, null, 1);
    expect([first.found, first.examined, first.next !== null]).toEqual([[], 1, true]);
    const second = await subject.lists.walk(tenant, OPEN, first.next, 1);
    expect(second.found.map(({ item }) => item.id)).toEqual([kept.id]);
  });

  it("walk an endpoint's deliveries newest first, by creation", async () => {
    const endpointId = newId('ep', START, random);
    const records: DeliveryRecord[] = [];
    for (let count = 0; count < 5; count++) records.unshift(await addDelivery(START + count, { endpointId }));
    await addDelivery(START);
    expect(await all((after) => subject.lists.ofEndpoint(endpointId, OPEN, after, 2))).toEqual(records);
    const range = { from: START + 1, to: START + 3 };
    expect(await all((after) => subject.lists.ofEndpoint(endpointId, range, after, 2))).toEqual(records.slice(2, 4));
  });

  it("page an event's deliveries by endpoint, the newest endpoint first", async () => {
    const eventId = newId('evt', START, random);
    const records: DeliveryRecord[] = [];
    for (let count = 0; count < 5; count++) records.unshift(await addDelivery(START + count, { eventId }));
    const first = await subject.lists.ofEvent(eventId, null, 3);
    const second = await subject.lists.ofEvent(eventId, first.next, 3);
    expect([...first.items, ...second.items]).toEqual(records);
    expect([first.next, second.next]).toEqual([records[2]?.endpointId, null]);
    expect(await subject.lists.ofEvent(newId('evt', START, random), null, 3)).toEqual({ items: [], next: null });
  });
});
