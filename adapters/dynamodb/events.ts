import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Clock, Wait } from '../../core/clock.ts';
import { CONTENDED_TRIES, compareAndSet } from '../../core/compare-and-set.ts';
import type { EventWriter } from '../../core/events/accept.ts';
import {
  type EventRecord,
  type FanoutLedger,
  type FanoutPage,
  joinNotes,
  payloadRef,
  storedEvent,
  storedFanoutPage,
} from '../../core/events/event.ts';
import type { EventReader } from '../../core/history/readers.ts';
import { HEARTBEAT_TENANT } from '../../core/tenant.ts';
import { sendUntilDone } from '../aws-client.ts';
import { batchGet, conditionally, type Item, isUnexpired, parseDocument, readDocument } from './client.ts';
import { allEvents, eventKey, keyAttributes, shardOfEvent, tenantEvents, timed } from './keys.ts';
import { walkShards } from './lists.ts';

/** An event as an item of the ledger: attributes for indexes and TTL, the rest as one JSON document. */
export function eventItem(event: EventRecord, listShards: number): Item {
  const { fanout: _, payload, ...document } = event;
  const listSort = timed(event.acceptedAt, event.id);
  const shard = shardOfEvent(event.id, listShards);
  return {
    ...keyAttributes(eventKey(event.id)),
    list_pk: { S: tenantEvents(event.tenant, shard) },
    list_sk: { S: listSort },
    // A heartbeat is in no list across tenants, nor searched for if its fan-out is not done: it has failed long before.
    ...(event.tenant !== HEARTBEAT_TENANT && { sparse_pk: { S: allEvents(shard) }, sparse_sk: { S: listSort } }),
    expires_at: { N: String(Math.floor(event.expiresAt / 1000)) },
    doc: { S: JSON.stringify(document) },
    payload: { S: JSON.stringify(payload) },
    fanout: { M: {} },
  };
}

/** The stored document: other attributes hold the rest. */
const document = storedEvent.omit({ fanout: true, payload: true, wide: true });

/** Reads an event item that this product wrote. */
function readEventItem(item: Item): EventRecord {
  const event = readDocument(item, 'doc', document);
  const payload = readDocument(item, 'payload', payloadRef);
  const wide = item.wide?.BOOL;
  return { ...event, payload, fanout: readFanout(item), ...(wide !== undefined && { wide }) };
}

/** The noted pages of an event item. */
export function readFanout(item: Item): EventRecord['fanout'] {
  const fanout: Record<string, FanoutPage> = {};
  for (const [page, value] of Object.entries(item.fanout?.M ?? {})) {
    if (value.S !== undefined) fanout[page] = parseDocument(value.S, `fanout.${page}`, storedFanoutPage);
  }
  return fanout;
}

interface EventLedgerOptions {
  client: DynamoDBClient;
  table: string;
  clock: Clock;
  wait: Wait;
  /** Required to create events. */
  listShards?: number;
}

/** The ledger's events in DynamoDB. */
export function createEventLedger(options: EventLedgerOptions): EventWriter & FanoutLedger {
  const { client, table, clock, wait, listShards = 1 } = options;

  /** Writes a page's note if `earlier` is what stands there; undefined: none. @returns whether it was written. */
  async function writeNote(eventId: string, page: number, note: FanoutPage, earlier: string | undefined) {
    const update = new UpdateItemCommand({
      TableName: table,
      Key: keyAttributes(eventKey(eventId)),
      UpdateExpression: 'SET fanout.#page = :note',
      // An event that TTL has removed must not come back as an incomplete item.
      ConditionExpression:
        earlier === undefined
          ? 'attribute_exists(pk) AND attribute_not_exists(fanout.#page)'
          : 'fanout.#page = :earlier',
      ExpressionAttributeNames: { '#page': String(page) },
      ExpressionAttributeValues: {
        ':note': { S: JSON.stringify(note) },
        ...(earlier !== undefined && { ':earlier': { S: earlier } }),
      },
    });
    return conditionally(client.send(update));
  }

  async function readNotes(eventId: string): Promise<Item> {
    const [found] = await batchGet(client, [{ table, ...eventKey(eventId) }], wait, { attributes: ['fanout'] });
    return found?.item ?? {};
  }

  return {
    async create(event) {
      const put = new PutItemCommand({
        TableName: table,
        Item: eventItem(event, listShards),
        ConditionExpression: 'attribute_not_exists(pk) OR expires_at <= :now',
        ExpressionAttributeValues: { ':now': { N: String(Math.floor(clock() / 1000)) } },
      });
      return (await conditionally(client.send(put))) ? 'created' : 'exists';
    },

    async createFresh(events) {
      const chunks = Array.from({ length: Math.ceil(events.length / 25) }, (_, at) =>
        events.slice(at * 25, at * 25 + 25),
      );
      await Promise.all(chunks.map((chunk) => writeChunk(chunk, { client, table, wait, listShards })));
    },

    async find(ids) {
      const keys = ids.map((id) => ({ table, ...eventKey(id) }));
      const found = await batchGet(client, keys, wait);
      const unexpired = found.map(({ item }) => item).filter((item) => isUnexpired(item, clock()));
      return new Map(unexpired.map(readEventItem).map((event) => [event.id, event]));
    },

    async repoint(id, payload) {
      const update = new UpdateItemCommand({
        TableName: table,
        Key: keyAttributes(eventKey(id)),
        UpdateExpression: 'SET payload = :payload',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':payload': { S: JSON.stringify(payload) } },
      });
      await conditionally(client.send(update));
    },

    async notePage(eventId, page, note) {
      if (await writeNote(eventId, page, note, undefined)) return;
      await compareAndSet<Item, void>({
        known: await readNotes(eventId),
        read: () => readNotes(eventId),
        change: (item) => {
          const earlier = item.fanout?.M?.[page]?.S;
          // TTL has removed the event.
          if (earlier === undefined) return { result: undefined };
          const joined = joinNotes(readFanout(item), page, note);
          if (JSON.stringify(joined) === earlier) return { result: undefined };
          return { result: undefined, write: () => writeNote(eventId, page, joined, earlier) };
        },
        tries: CONTENDED_TRIES,
        exhausted: () => new Error('A page of a fan-out was not noted: others kept noting it. It is sent again.'),
      });
    },

    async markWide(eventId, wide) {
      const update = new UpdateItemCommand({
        TableName: table,
        Key: keyAttributes(eventKey(eventId)),
        UpdateExpression: 'SET wide = if_not_exists(wide, :wide)',
        ConditionExpression: 'attribute_exists(pk) AND (attribute_exists(wide) OR size(fanout) = :none)',
        ExpressionAttributeValues: { ':wide': { BOOL: wide }, ':none': { N: '0' } },
        ReturnValues: 'UPDATED_NEW',
      });
      let stands = false;
      await conditionally(
        client.send(update).then(({ Attributes }) => {
          stands = Attributes?.wide?.BOOL === true;
        }),
      );
      return stands;
    },
  };
}

async function writeChunk(
  events: EventRecord[],
  { client, table, wait, listShards }: Required<Omit<EventLedgerOptions, 'clock'>>,
): Promise<void> {
  const write = async (items: Item[]): Promise<Item[]> => {
    const RequestItems = { [table]: items.map((Item) => ({ PutRequest: { Item } })) };
    const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems }));
    return (UnprocessedItems?.[table] ?? []).flatMap(({ PutRequest }) => (PutRequest?.Item ? [PutRequest.Item] : []));
  };
  await sendUntilDone(
    events.map((event) => eventItem(event, listShards)),
    write,
    { wait, unavailable: 'DynamoDB left events unwritten (throttling): send them again.' },
  );
}

export interface LedgerListOptions {
  client: DynamoDBClient;
  table: string;
  clock: Clock;
  wait: Wait;
  listShards: number;
}

/** Lists of the ledger's events, by tenant and across all. */
export function createEventLists({ clock, listShards, ...rest }: LedgerListOptions): Pick<EventReader, 'walk'> {
  return {
    walk(tenant, range, after, limit) {
      const partitions = Array.from({ length: listShards }, (_, shard) =>
        tenant === null ? allEvents(shard) : tenantEvents(tenant, shard),
      );
      const index = tenant === null ? 'sparse' : 'listing';
      return walkShards({ ...rest, index, partitions, range, after, limit }, (item) =>
        isUnexpired(item, clock()) ? readEventItem(item) : undefined,
      );
    },
  };
}
