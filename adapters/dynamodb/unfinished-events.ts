import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { Clock, Wait } from '../../core/clock.ts';
import { fanoutIsDone } from '../../core/events/event.ts';
import type { DueEvent, Unfinished, UnfinishedEvents } from '../../core/fanout/unfinished.ts';
import { UnreadableItem } from '../../core/unreadable-item.ts';
import { sendUntilDone } from '../aws-client.ts';
import { batchGet, conditionally, type Item, isUnexpired, number, text } from './client.ts';
import { readFanout } from './events.ts';
import {
  allEvents,
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

/** Unfinished events in the ledger: an item each, and one per shard for how far it was searched. */
export function createUnfinishedEvents(options: UnfinishedEventsOptions): UnfinishedEvents {
  const { client, table, clock, wait, listShards } = options;
  const readIndex = createSparseItems({ client, table });

  async function unfinishedOf(ids: string[]): Promise<Pick<Unfinished, 'eventId' | 'expiresAt'>[]> {
    const keys = ids.map((id) => ({ table, ...eventKey(id) }));
    // Costs half a read unit up to 4 KB, also for large events; the answer has only what decides.
    const how = { eventually: true, attributes: ['pk', 'expires_at', 'fanout'] };
    const found = await batchGet(client, keys, wait, how);
    return found
      .map(({ item }) => item)
      .filter((item) => isUnexpired(item, clock()) && !isDone(item))
      .map((item) => ({ eventId: eventIdOf(item), expiresAt: (number(item, 'expires_at') ?? 0) * 1000 }));
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
    async searchedTo(shard) {
      const Key = keyAttributes(searchKey(shard));
      const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      return item ? text(item, 'searched_to') : null;
    },

    async noteSearched(shard, position) {
      const put = new PutItemCommand({
        TableName: table,
        Item: { ...keyAttributes(searchKey(shard)), searched_to: { S: position } },
        ConditionExpression: 'attribute_not_exists(pk) OR searched_to < :position',
        ExpressionAttributeValues: { ':position': { S: position } },
      });
      await conditionally(client.send(put));
    },

    async search(shard, after, beforeMs, limit) {
      const { items } = await readIndex({ partition: allEvents(shard), below: timed(beforeMs), after, limit });
      const last = items.at(-1);
      const found = await unfinishedOf(items.map(eventIdOf));
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
function isDone(item: Item): boolean {
  try {
    return fanoutIsDone({ fanout: readFanout(item) });
  } catch (fault) {
    if (fault instanceof UnreadableItem) return false;
    throw fault;
  }
}
