import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { Clock, Wait } from '../../core/clock.ts';
import { type EventRecord, fanoutIsDone } from '../../core/events/event.ts';
import { notedDeliveries } from '../../core/fanout/pending.ts';
import type { DueEvent, Sought, Unfinished, UnfinishedEvents } from '../../core/fanout/unfinished.ts';
import { UnreadableItem } from '../../core/unreadable-item.ts';
import { sendUntilDone } from '../aws-client.ts';
import { batchGet, conditionally, type Item, isUnexpired, number, text } from './client.ts';
import { readFanout } from './events.ts';
import {
  allEvents,
  deliveryKey,
  eventKey,
  keyAttributes,
  searchKey,
  shardOfEvent,
  timed,
  unfinishedEvents,
  unfinishedKey,
} from './keys.ts';
import { createSparseItems } from './lists.ts';

interface UnfinishedEventsOptions {
  client: DynamoDBClient;
  table: string;
  clock: Clock;
  wait: Wait;
  listShards: number;
}

/** Writes of one BatchWriteItem call. */
const BATCH_WRITES_MAX = 25;

const eventIdOf = (item: Item) => text(item, 'pk').slice('EVENT#'.length);

/** An entry: everything is in its keys, so that the index alone has the list. */
function entryItem({ eventId, announced, dueAt, expiresAt }: Unfinished, listShards: number): Item {
  const expiry = String(Math.floor(expiresAt / 1000));
  return {
    ...keyAttributes(unfinishedKey(eventId)),
    sparse_pk: { S: unfinishedEvents(shardOfEvent(eventId, listShards)) },
    sparse_sk: { S: timed(dueAt, String(announced), expiry, eventId) },
    expires_at: { N: expiry },
  };
}

function readEntry(item: Item): DueEvent {
  const [, announced, expiry] = text(item, 'sparse_sk').split('#');
  return { eventId: eventIdOf(item), announced: Number(announced), expiresAt: Number(expiry) * 1000 };
}

/** Unfinished events in the ledger: an item each, and one per shard and search for how far it came. */
export function createUnfinishedEvents(options: UnfinishedEventsOptions): UnfinishedEvents {
  const { client, table, clock, wait, listShards } = options;
  const readIndex = createSparseItems({ client, table });

  async function unfinishedOf(ids: string[], sought: Sought): Promise<Pick<Unfinished, 'eventId' | 'expiresAt'>[]> {
    const keys = ids.map((id) => ({ table, ...eventKey(id) }));
    // Costs half a read unit up to 4 KB, also for large events; the answer has only what decides.
    const how = { eventually: true, attributes: ['pk', 'expires_at', 'fanout', 'wide'] };
    const found = (await batchGet(client, keys, wait, how)).map(({ item }) => item);
    const unexpired = found.filter((item) => isUnexpired(item, clock()));
    const chosen = sought === 'fan-outs' ? unexpired.filter((item) => !isDone(item)) : await withPending(unexpired);
    return chosen.map((item) => ({ eventId: eventIdOf(item), expiresAt: (number(item, 'expires_at') ?? 0) * 1000 }));
  }

  /** The events with a noted delivery that has no record. Costs half a read unit for each delivery. */
  async function withPending(events: Item[]): Promise<Item[]> {
    const keysOf = new Map(events.map((item) => [item, notedIn(item).map(deliveryKey)]));
    const keys = [...keysOf.values()].flat().map((key) => ({ table, ...key }));
    const found = await batchGet(client, keys, wait, { eventually: true, attributes: ['pk', 'sk'] });
    const recorded = new Set(found.map(({ item }) => `${text(item, 'pk')}/${text(item, 'sk')}`));
    return events.filter((item) => keysOf.get(item)?.some(({ pk, sk }) => !recorded.has(`${pk}/${sk}`)));
  }

  async function writeBatch(requests: WriteRequest[]): Promise<void> {
    const write = async (left: WriteRequest[]) => {
      const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: left } }));
      return UnprocessedItems?.[table] ?? [];
    };
    await sendUntilDone(requests, write, {
      wait,
      unavailable: 'DynamoDB left entries of unfinished events unwritten (throttling): try again.',
      untilFruitless: true,
    });
  }

  return {
    async searchedTo(shard, sought) {
      const Key = keyAttributes(searchKey(shard, sought));
      const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      return item ? text(item, 'searched_to') : null;
    },

    async noteSearched(shard, sought, position) {
      const put = new PutItemCommand({
        TableName: table,
        Item: { ...keyAttributes(searchKey(shard, sought)), searched_to: { S: position } },
        ConditionExpression: 'attribute_not_exists(pk) OR searched_to < :position',
        ExpressionAttributeValues: { ':position': { S: position } },
      });
      await conditionally(client.send(put));
    },

    async search(shard, sought, after, beforeMs, limit) {
      const { items } = await readIndex({ partition: allEvents(shard), below: timed(beforeMs), after, limit });
      const last = items.at(-1);
      const found = await unfinishedOf(items.map(eventIdOf), sought);
      return { found, searchedTo: last ? text(last, 'sparse_sk') : null };
    },

    async due(shard, untilMs, after, limit) {
      const partition = unfinishedEvents(shard);
      const { items, next } = await readIndex({ partition, below: timed(untilMs + 1), after, limit });
      return { entries: items.map(readEntry), next };
    },

    async update(entries, finished) {
      const requests: WriteRequest[] = [
        ...entries.map((entry) => ({ PutRequest: { Item: entryItem(entry, listShards) } })),
        ...finished.map((eventId) => ({ DeleteRequest: { Key: keyAttributes(unfinishedKey(eventId)) } })),
      ];
      for (let at = 0; at < requests.length; at += BATCH_WRITES_MAX) {
        await writeBatch(requests.slice(at, at + BATCH_WRITES_MAX));
      }
    },
  };
}

/** Notes that this version cannot read count as not done: reading the whole event then reports what is wrong. */
const isDone = (item: Item) => fanoutIsDone({ fanout: readableFanout(item) });

const notedIn = (item: Item) =>
  notedDeliveries({ id: eventIdOf(item), fanout: readableFanout(item), wide: item.wide?.BOOL === true });

function readableFanout(item: Item): EventRecord['fanout'] {
  try {
    return readFanout(item);
  } catch (fault) {
    if (fault instanceof UnreadableItem) return {};
    throw fault;
  }
}
