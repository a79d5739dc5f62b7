import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDeliveryLedger } from '../../../adapters/dynamodb/delivery-ledger.ts';
import { createEndpointStore } from '../../../adapters/dynamodb/endpoint-store.ts';
import { deliveryKey, keyAttributes } from '../../../adapters/dynamodb/keys.ts';
import { createWaitingRoom } from '../../../adapters/dynamodb/waiting-room.ts';
import { createMemoryWaitingRoom, MemoryDeliveryLedger } from '../../../adapters/memory/delivery-ledger.ts';
import { advanced, startOf } from '../../../core/deliveries/advance.ts';
import { type DeliveryLedger, keyText } from '../../../core/deliveries/ledger.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { newId } from '../../../core/ids.ts';
import type { WaitingRoom } from '../../../core/waiting-room/sweep.ts';
import { aMessage, anEndpoint, DAY, START } from '../../support/delivery-world.ts';
import { startTables, type TestTables } from '../../support/dynamodb.ts';
import { seededRandom } from '../../support/seeded-random.ts';

interface Subject {
  ledger: DeliveryLedger;
  room: WaitingRoom;
  addEndpoint(endpoint: Endpoint): Promise<unknown>;
  at(now: number): void;
}

const SHARDS = { list: 1, waiting: 1 };
const random = seededRandom(11);
let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const subjects: [string, () => Subject][] = [
  [
    'memory',
    () => {
      const registry = { endpoints: new Map<string, Endpoint>(), health: new Map() };
      const ledger = new MemoryDeliveryLedger(registry);
      const addEndpoint = async (endpoint: Endpoint) => registry.endpoints.set(endpoint.id, endpoint);
      return { ledger, room: createMemoryWaitingRoom(ledger), addEndpoint, at: () => undefined };
    },
  ],
  [
    'DynamoDB',
    () => {
      let now = START;
      const wait = async () => undefined;
      const { client, ledger: table, registry } = tables;
      const names = { ledgerTable: table, registryTable: registry, shards: SHARDS };
      const endpoints = createEndpointStore({ client, table: registry, wait });
      return {
        ledger: createDeliveryLedger({ client, ...names, clock: () => now, wait }),
        room: createWaitingRoom({ client, table }),
        addEndpoint: (endpoint) => endpoints.put(endpoint, null),
        at: (time) => {
          now = time;
        },
      };
    },
  ],
];

function aRecord(changes: Partial<DeliveryRecord> = {}): DeliveryRecord {
  const eventId = newId('evt', START, random);
  return { ...startOf(aMessage({ eventId }), START), revision: 1, ...changes };
}

const full = (): DeliveryRecord =>
  aRecord({
    status: 'dead',
    waitingFor: 'backoff',
    next: { cycle: 3, step: 7 },
    attemptCount: 4,
    nextAttemptAt: START + 5,
    lastError: 'http_status 500',
    discardReason: 'unsubscribed',
    deadLetter: { messageId: 'm', firstReceivedAt: START + 1, sentAt: START },
    adoptedMessageId: 'n',
    claim: { messageId: 'o', cycle: 3, step: 7, until: START + 60_000, token: 't' },
    forced: true,
    payload: { key: 'acme/batch/hash', offset: 10, length: 20 },
    attempts: [
      {
        number: 1,
        cycle: 3,
        at: START,
        durationMs: 3,
        statusCode: null,
        errorCode: 'timeout',
        responseExcerpt: 'é\n"',
      },
    ],
    deliveredAt: START + 9,
  });

describe.each(subjects)('the delivery ledger in %s', (_, make) => {
  it('gives back every field as it was written', async () => {
    const { ledger } = make();
    for (const record of [aRecord(), full()]) {
      expect(await ledger.put(record, null)).toBe(true);
      expect(await ledger.find(record)).toEqual(record);
    }
  });

  it('compares and sets: of writers that saw the same revision one wins', async () => {
    const { ledger } = make();
    const record = aRecord();
    const first = await Promise.all([ledger.put(record, null), ledger.put({ ...record, forced: true }, null)]);
    expect(first.filter(Boolean)).toHaveLength(1);
    expect(await ledger.put({ ...record, revision: 2 }, 1)).toBe(true);
    expect(await ledger.put({ ...record, revision: 2, status: 'dead' }, 1)).toBe(false);
    expect(await ledger.find(record)).toMatchObject({ revision: 2, status: 'retrying' });
  });

  it('loads records and endpoints in one go, and leaves out what is not there', async () => {
    const { ledger, addEndpoint } = make();
    const record = aRecord();
    const endpoint = anEndpoint({ id: newId('ep', START, random) });
    await ledger.put(record, null);
    await addEndpoint(endpoint);
    const missing = { eventId: 'evt_none', endpointId: 'ep_none' };
    const loaded = await ledger.load([record, missing, record], [endpoint.id, 'ep_none']);
    expect([...loaded.records]).toEqual([[keyText(record), record]]);
    expect([...loaded.endpoints.keys()]).toEqual([endpoint.id]);
    expect(loaded.endpoints.get(endpoint.id)).toMatchObject({ endpoint, health: { circuit: 'closed', holding: null } });
  });

  it('loads more than a hundred at once', async () => {
    const { ledger } = make();
    const records = Array.from({ length: 130 }, () => aRecord());
    await Promise.all(records.map((record) => ledger.put(record, null)));
    expect((await ledger.load(records, [])).records.size).toBe(130);
  });
});

describe.each(subjects)('the waiting room in %s', (_, make) => {
  it('finds what is due, the earliest first, and no longer once it is cleared', async () => {
    const { ledger, room } = make();
    const late = aRecord({ status: 'waiting', waitingFor: 'backoff', nextAttemptAt: START + 50_000 });
    const early = aRecord({ status: 'waiting', waitingFor: 'backoff', nextAttemptAt: START - 5 });
    const later = aRecord({ status: 'waiting', waitingFor: 'backoff', nextAttemptAt: START + DAY });
    for (const record of [late, early, later]) await ledger.put(record, null);
    const due = await room.due(0, START + 60_000, 100, null);
    expect(due.keys.map(({ eventId }) => eventId)).toEqual([early.eventId, late.eventId]);

    await ledger.put({ ...early, status: 'retrying', waitingFor: null, revision: 2 }, 1);
    const left = await room.due(0, START + 60_000, 100, null);
    expect(left.keys.map(({ eventId }) => eventId)).toEqual([late.eventId]);
    await ledger.put({ ...late, status: 'delivered', waitingFor: null, revision: 2 }, 1);
  });

  it('finds what is held for an endpoint', async () => {
    const { ledger, room } = make();
    const endpointId = newId('ep', START, random);
    const held = aRecord({ endpointId, status: 'waiting', waitingFor: 'paused' });
    await ledger.put(held, null);
    expect((await room.held(endpointId, 0, 10)).keys).toEqual([{ eventId: held.eventId, endpointId }]);
    expect((await room.held('ep_other', 0, 10)).keys).toEqual([]);
  });
});

describe('a delivery in DynamoDB', () => {
  it('is paged through the waiting room without gaps', async () => {
    const { ledger, room } = subjects[1]?.[1]() ?? expect.fail('no subject');
    const records = Array.from({ length: 25 }, (_, at) =>
      aRecord({ status: 'waiting', waitingFor: 'backoff', nextAttemptAt: START - 1_000_000 + at }),
    );
    await Promise.all(records.map((record) => ledger.put(record, null)));
    const found: string[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<WaitingRoom['due']>> = await room.due(0, START - 900_000, 10, after);
      found.push(...page.keys.map(({ eventId }) => eventId));
      after = page.next;
    } while (after !== null);
    expect(found).toEqual(records.map(({ eventId }) => eventId));
  });

  it('counts as absent past its expiry, though TTL has not come by yet', async () => {
    const { ledger, at } = subjects[1]?.[1]() ?? expect.fail('no subject');
    const record = aRecord();
    await ledger.put(record, null);
    at(START + 31 * DAY);
    expect(await ledger.find(record)).toBeUndefined();
    expect(await ledger.put({ ...record, expiresAt: START + 60 * DAY }, null)).toBe(true);
  });

  it('that succeeded at once fits one write unit: 1 KB with its longest usual names', async () => {
    const { ledger } = subjects[1]?.[1]() ?? expect.fail('no subject');
    const eventId = newId('evt', START, random);
    const endpointId = newId('ep', START, random);
    const payload = { key: `acme-production/${eventId}/${'f'.repeat(64)}`, offset: 0, length: 12_345 };
    const message = aMessage({
      eventId,
      endpointId,
      tenant: 'acme-production',
      eventType: 'order.item.created',
      payload,
    });
    const attempt = {
      number: 1,
      cycle: 1,
      at: START,
      durationMs: 123,
      statusCode: 200,
      errorCode: null,
      responseExcerpt: 'x'.repeat(256),
    };
    const position = { cycle: 1, step: 1 };
    const record = advanced(undefined, {
      message,
      position,
      next: position,
      status: 'delivered',
      attemptCount: 1,
      nowMs: START,
      attempt,
    });
    await ledger.put({ ...(record ?? expect.fail('not advanced')), revision: 1 }, null);
    const key = keyAttributes(deliveryKey(eventId, endpointId));
    const { Item = {} } = await tables.client.send(new GetItemCommand({ TableName: tables.ledger, Key: key }));
    const bytes = Object.entries(Item).reduce(
      (sum, [name, value]) => sum + name.length + Buffer.byteLength(value.S ?? value.N ?? ''),
      0,
    );
    expect(bytes).toBeLessThanOrEqual(1024);
  });
});
