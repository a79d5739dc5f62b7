import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Wait } from '../../core/clock.ts';
import type { WaitingPage } from '../../core/deliveries/work-lists.ts';
import { merged } from '../../core/listing/merge.ts';
import type { Segment, TimeRange } from '../../core/listing/page.ts';
import { batchGet, type Item, text } from './client.ts';
import { readDeliveryKey, timed } from './keys.ts';

export interface ShardedList {
  client: DynamoDBClient;
  table: string;
  wait: Wait;
  /** A time-ordered index of the ledger, which holds keys only. */
  index: 'listing' | 'sparse';
  /** The list's partitions, one per shard. */
  partitions: string[];
  range: TimeRange;
  after: string | null;
  limit: number;
}

/**
 * Walks a list that is spread over shards, newest first: merges the newest entries of every shard, then reads the items
 * from the table, so that a list shows the current state, not that of the index a second ago.
 * @param read returns undefined for an item that counts as absent.
 */
export async function walkShards<Record>(
  list: ShardedList,
  read: (item: Item) => Record | undefined,
): Promise<Segment<Record>> {
  const shards = await Promise.all(list.partitions.map((partition) => newest(list, partition)));
  const { found: entries, ...segment } = merged(shards, list.limit);
  const items = await readItems(
    list,
    entries.map(({ item }) => item),
  );
  const found = entries.flatMap(({ item: { pk, sk }, position }) => {
    const item = items.get(`${pk}/${sk}`);
    const record = item && read(item);
    return record === undefined ? [] : [{ item: record, position }];
  });
  return { ...segment, found };
}

interface ItemKey {
  pk: string;
  sk: string;
}

async function newest(list: ShardedList, partition: string): Promise<Omit<Segment<ItemKey>, 'examined'>> {
  const { client, table, index, range, after, limit } = list;
  const [pkName, skName] = index === 'listing' ? ['list_pk', 'list_sk'] : ['sparse_pk', 'sparse_sk'];
  const low = range.from === null ? '0' : timed(range.from);
  // Every entry of a time sorts after the time alone, so this inclusive bound excludes them.
  const high = [range.to === null ? '9' : timed(range.to), after ?? '9'].sort()[0] ?? '9';
  if (high < low) return { found: [], next: null };
  const answer = await client.send(
    new QueryCommand({
      TableName: table,
      IndexName: index,
      KeyConditionExpression: `${pkName} = :partition AND ${skName} BETWEEN :low AND :high`,
      ExpressionAttributeValues: { ':partition': { S: partition }, ':low': { S: low }, ':high': { S: high } },
      ScanIndexForward: false,
      // The bound includes the entry that the last page ended with.
      Limit: limit + 1,
    }),
  );
  const found = (answer.Items ?? [])
    .map((item) => ({ item: { pk: text(item, 'pk'), sk: text(item, 'sk') }, position: text(item, skName) }))
    .filter(({ position }) => position !== after);
  return { found, next: answer.LastEvaluatedKey === undefined ? null : (found.at(-1)?.position ?? after) };
}

async function readItems({ client, table, wait }: ShardedList, entries: ItemKey[]): Promise<Map<string, Item>> {
  const found = await batchGet(
    client,
    entries.map(({ pk, sk }) => ({ table, pk, sk })),
    wait,
  );
  return new Map(found.map(({ item }) => [`${text(item, 'pk')}/${text(item, 'sk')}`, item]));
}

interface SparseRange {
  partition: string;
  /** Sort keys from this on; all by default. */
  from?: string;
  /** Sort keys up to this. */
  below?: string;
  after: string | null;
  limit: number;
}

/** Reads one partition of the ledger's sparse index, in the order of its sort keys. It has keys only. */
export function createSparseItems({ client, table }: { client: DynamoDBClient; table: string }) {
  return async ({ partition, from = ' ', below = '~', after, limit }: SparseRange) => {
    // DynamoDB refuses a BETWEEN whose end is before its beginning.
    if (below < (after ?? from)) return { items: [], next: null };
    const answer = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'sparse',
        // DynamoDB accepts one condition on the sort key: BETWEEN serves both bounds, and "after" itself is skipped
        // below.
        KeyConditionExpression: 'sparse_pk = :partition AND sparse_sk BETWEEN :from AND :below',
        ExpressionAttributeValues: {
          ':partition': { S: partition },
          ':from': { S: after ?? from },
          ':below': { S: below },
        },
        Limit: limit + 1,
      }),
    );
    const items = (answer.Items ?? []).filter((item) => item.sparse_sk?.S !== after);
    const kept = items.slice(0, limit);
    const hasMore = items.length > kept.length || answer.LastEvaluatedKey !== undefined;
    return { items: kept, next: hasMore ? (kept.at(-1)?.sparse_sk?.S ?? null) : null };
  };
}

/** Reads deliveries of one partition of the ledger's sparse index. */
export function createSparseQuery(options: { client: DynamoDBClient; table: string }) {
  const read = createSparseItems(options);
  return async (range: SparseRange): Promise<WaitingPage> => {
    const { items, next } = await read(range);
    return { keys: items.map((item) => readDeliveryKey({ pk: text(item, 'pk'), sk: text(item, 'sk') })), next };
  };
}
