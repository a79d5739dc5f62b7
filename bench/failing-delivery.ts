import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDeliveryLedger } from '../adapters/dynamodb/deliveries.ts';
import { excerptOf } from '../adapters/http/excerpt.ts';
import { systemRandom, systemTimer, systemWait } from '../adapters/system/system.ts';
import { bodyBytesAtOnce } from '../core/deliveries/body-room.ts';
import { deliverBatch } from '../core/deliveries/deliver-batch.ts';
import { createEndpointCache } from '../core/deliveries/endpoint-cache.ts';
import type { DeliveryLedger } from '../core/deliveries/ledger.ts';
import { firstMessage, type OutgoingDelivery, type ReceivedDelivery } from '../core/deliveries/message.ts';
import type { DeliverPorts } from '../core/deliveries/ports.ts';
import type { DeliveryRecord } from '../core/deliveries/record.ts';
import { dueAt } from '../core/deliveries/work-lists.ts';
import { DAY_MS } from '../core/durations.ts';
import { newEndpoint } from '../core/endpoints/endpoint.ts';
import { NO_HEADERS } from '../core/endpoints/headers.ts';
import { freshHealth } from '../core/endpoints/health.ts';
import { endpointSettings } from '../core/endpoints/settings.ts';
import { payloadKey } from '../core/events/envelope.ts';
import { newId } from '../core/ids.ts';
import { Room } from '../core/room.ts';
import { newSecret } from '../core/signing/secret.ts';
import { TaskRun } from '../core/tasks/task-run.ts';
import { sweepDue } from '../core/waiting-room/sweep.ts';
import { DynamoDbStub } from './aws/dynamodb.ts';
import type { TableDefinition } from './aws/table.ts';
import type { Row } from './budgets.ts';
import { payloadText } from './payload.ts';
import type { Product } from './product.ts';
import { MATCHING_TYPE } from './world.ts';

/** The write units of one delivery's life, by what writes. */
export interface FailingCost {
  readonly attempts: number;
  /** Of records and attempts, by the deliver function. */
  readonly itemUnits: number;
  /** Of index entries, by the same writes. */
  readonly indexUnits: number;
  /** All writes that bring a delivery from the waiting room back to its queue. */
  readonly sweepUnits: number;
  /** Write calls of the deliver function. */
  readonly writes: number;
}

/** The figures and the budget of all that the deliver function writes. */
export function failingRows({ attempts, itemUnits, indexUnits, sweepUnits, writes }: FailingCost): Row[] {
  const title = `a delivery that fails ${attempts} times`;
  const row = (what: string, measured: number, unit: string, budget: number | null = null) => ({
    ...{ what: `${title}: ${what}`, measured, unit, budget },
  });
  return [
    row('write units, sweep apart', itemUnits + indexUnits, 'WRU', 45),
    row('of these, of index entries', indexUnits, 'WRU'),
    row('write units of the sweep', sweepUnits, 'WRU', 15),
    row('write calls, sweep apart', writes, 'calls', 30),
  ];
}

const START = Date.parse('2026-11-22T10:00:00.000Z');
const SHARDS = { list: 4, waiting: 4 };

/** Headers as many APIs send them, and where they are. */
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  server: 'nginx',
  'x-request-id': '5f0c9d2e-7b1a-4c43-9e55-2f4d8a6b1c07',
  date: 'Sun, 22 Nov 2026 10:00:00 GMT',
};
const ADDRESS = '203.0.113.120';

/** An error as APIs answer it, another one each time, and longer than what is kept of it. */
function longError(): string {
  const details = Array.from({ length: 12 }, (_, at) => ({ field: `line_items[${at}].sku`, trace: randomUUID() }));
  const error = {
    code: 'upstream_unavailable',
    request_id: randomUUID(),
    message: "The order can't be stored.",
    details,
  };
  return JSON.stringify({ error });
}

/**
 * Counts one delivery with the default retry policy whose every attempt is answered with 503 and more text than is kept, from
 * its first message until it is dead: the product's core and DynamoDB adapter in virtual time, over a stub that counts.
 */
export async function countFailing({ tables, registry }: Pick<Product, 'tables' | 'registry'>): Promise<FailingCost> {
  const ledgerTable = tables.find(({ name }) => name !== registry);
  if (ledgerTable === undefined) throw new Error('The product has no ledger.');
  let now = START;
  const clock = () => now;
  const counted = { writes: 0, items: 0, all: 0 };
  const client = countingClient(ledgerTable, counted);
  const endpoint = newEndpoint(
    {
      id: newId('ep', now, systemRandom),
      tenant: 'org-2840',
      settings: endpointSettings.parse({ url: 'https://example.com/hook', event_types: [MATCHING_TYPE] }),
      secret: { keyId: '', wrappedKey: '', nonce: '', box: '' },
      headers: NO_HEADERS,
    },
    now,
  );
  const known = { endpoint, health: { ...freshHealth(endpoint.id), lane: 'fast' as const } };
  const stored = createDeliveryLedger({
    ...{ client, ledgerTable: ledgerTable.name, registryTable: '', shards: SHARDS, clock, wait: systemWait },
    uncounted: (fault) => {
      throw fault;
    },
  });
  const ledger: DeliveryLedger = {
    ...stored,
    load: async (deliveries) => ({
      records: (await stored.load(deliveries, [])).records,
      endpoints: new Map([[endpoint.id, known]]),
    }),
  };
  const sent: (OutgoingDelivery & { at: number })[] = [];
  const queue = {
    send: async (messages: OutgoingDelivery[]) => {
      sent.push(...messages.map((one) => ({ ...one, at: now + one.delaySeconds * 1000 })));
    },
  };
  let attempts = 0;
  const ports: DeliverPorts = {
    ...{ ledger, queue, clock, random: { ...systemRandom, unit: () => 0.5 }, wait: systemWait, after: systemTimer },
    payloads: { get: async () => payloadText },
    secrets: { open: async () => newSecret(systemRandom) },
    sender: {
      send: async ({ excerptBytesMax, hide }) => {
        attempts += 1;
        const besides = JSON.stringify(HEADERS).length + ADDRESS.length;
        const responseExcerpt = excerptOf([Buffer.from(longError())], excerptBytesMax(503, besides), hide && { hide });
        const answer = { statusCode: 503, errorCode: 'http_status' as const, retryAfter: null, responseExcerpt };
        return { at: now, durationMs: 1_234, ...answer, remoteIp: ADDRESS, responseHeaders: HEADERS };
      },
    },
    endpoints: { disable: async () => undefined },
    health: {
      newest: ({ health }) => health,
      attempted: async () => false,
      unanswered: async () => undefined,
      takeProbe: async () => 'pass',
      releaseProbe: async () => undefined,
      markHolding: async () => undefined,
      markHoldingAnew: async () => undefined,
    },
    rate: { ask: async () => ({ kind: 'post', from: now, until: now }) },
    bodies: new Room(bodyBytesAtOnce(512)),
    changeVisibility: async () => undefined,
    observer: {
      attempted: () => undefined,
      notAttempted: () => undefined,
      retrying: (_, fault) => {
        throw fault;
      },
      healthNotUpdated: () => undefined,
      ended: () => undefined,
    },
    remainingMs: () => 60_000,
    unrecordedResults: new Map(),
    functionTimeoutMs: 60_000,
    userAgent: 'Postrider/bench',
  };
  const cache = createEndpointCache(clock);
  const eventId = newId('evt', now, systemRandom);
  const event = {
    id: eventId,
    tenant: endpoint.tenant,
    type: MATCHING_TYPE,
    payload: { key: payloadKey(endpoint.tenant, eventId, payloadText), offset: 0, length: payloadText.length },
    acceptedAt: now,
    expiresAt: now + 30 * DAY_MS,
    traceId: randomUUID().replaceAll('-', ''),
  };
  await queue.send([{ message: firstMessage(event, endpoint.id), delaySeconds: 0 }]);
  const find = () => stored.find({ eventId, endpointId: endpoint.id });
  const swept = { writes: 0, items: 0, all: 0 };
  for (let record: DeliveryRecord | undefined; record?.status !== 'dead'; record = await find()) {
    const next = sent.shift();
    if (next !== undefined) {
      now = Math.max(now, next.at);
      const [handled] = await deliverBatch([receivedOf(next, now)], cache, ports);
      if (handled?.fault !== undefined) throw handled.fault;
    } else {
      const due = record && dueAt(record);
      if (due === undefined) throw new Error('The delivery has no message and is not waiting for a time.');
      now = due - 30_000;
      const before = { ...counted };
      const room = {
        due: async () => ({ keys: [{ eventId, endpointId: endpoint.id }], next: null }),
        held: async () => ({ keys: [], next: null }),
      };
      await sweepDue(new TaskRun({ clock, remainingMs: () => 60_000 }), { ...ports, room, shards: 1 });
      swept.writes += counted.writes - before.writes;
      swept.all += counted.all - before.all;
      swept.items += counted.items - before.items;
    }
  }
  client.destroy();
  return {
    attempts,
    itemUnits: counted.items - swept.items,
    indexUnits: counted.all - counted.items - (swept.all - swept.items),
    sweepUnits: swept.all,
    writes: counted.writes - swept.writes,
  };
}

function receivedOf({ message }: OutgoingDelivery, nowMs: number): ReceivedDelivery {
  return {
    messageId: randomUUID(),
    receiptHandle: 'receipt',
    receiveCount: 1,
    sentAt: nowMs,
    firstReceivedAt: nowMs,
    lane: 'fast',
    message: { ...message, copy: Buffer.from(systemRandom.bytes(6)).toString('base64url') },
  };
}

/** A client whose calls a stub answers. The same writes without indexes say what is the items' part. */
function countingClient(
  table: TableDefinition,
  counted: { writes: number; items: number; all: number },
): DynamoDBClient {
  const [stub, withoutIndexes] = [new DynamoDbStub(), new DynamoDbStub()];
  stub.useTables([{ ...table, readsBack: true }]);
  withoutIndexes.useTables([{ ...table, indexes: [], readsBack: true }]);
  const handle = async ({ headers, body }: { headers: Record<string, string>; body?: string | Uint8Array }) => {
    const operation = headers['x-amz-target']?.split('.')[1] ?? '';
    const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
    const { output, cost } = stub.handle(operation, text);
    const { writeUnits = 0 } = withoutIndexes.handle(operation, text).cost;
    counted.items += writeUnits;
    counted.all += cost.writeUnits ?? 0;
    counted.writes += cost.writeUnits === undefined ? 0 : 1;
    const json = { 'content-type': 'application/x-amz-json-1.0' };
    return { response: { statusCode: 200, headers: json, body: Readable.from([JSON.stringify(output)]) } };
  };
  return new DynamoDBClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    requestHandler: { handle, updateHttpClientConfig: () => undefined, httpHandlerConfigs: () => ({}) },
  });
}
