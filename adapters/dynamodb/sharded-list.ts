import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Wait } from '../../core/clock.ts';
import type { Segment, TimeRange } from '../../core/listing/page.ts';
import { batchGet, type Item, text } from './client.ts';
import { timed } from './keys.ts';

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

interface Entry {
  position: string;
  pk: string;
  sk: string;
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
  const merged = shards.flatMap(({ entries }) => entries).sort((a, b) => (a.position < b.position ? 1 : -1));
  const entries = merged.slice(0, list.limit);
  const hasMore = merged.length > entries.length || shards.some(({ cut }) => cut);
  const items = await readItems(list, entries);
  const found = entries.flatMap(({ position, pk, sk }) => {
    const item = items.get(`${pk}/${sk}`);
    const record = item && read(item);
    return record === undefined ? [] : [{ item: record, position }];
  });
  return { found, examined: entries.length, next: hasMore ? (entries.at(-1)?.position ?? null) : null };
}

async function newest(list: ShardedList, partition: string): Promise<{ entries: Entry[]; cut: boolean }> {
  const { client, table, index, range, after, limit } = list;
  const [pkName, skName] = index === 'listing' ? ['list_pk', 'list_sk'] : ['sparse_pk', 'sparse_sk'];
  const low = range.from === null ? '0' : timed(range.from);
  // Every entry of a time sorts after the time alone, so this inclusive bound excludes them.
  const high = [range.to === null ? '9' : timed(range.to), after ?? '9'].sort()[0] ?? '9';
  if (high < low) return { entries: [], cut: false };
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
  const entries = (answer.Items ?? [])
    .map((item) => ({ position: text(item, skName), pk: text(item, 'pk'), sk: text(item, 'sk') }))
    .filter(({ position }) => position !== after);
  return { entries, cut: answer.LastEvaluatedKey !== undefined };
}

async function readItems({ client, table, wait }: ShardedList, entries: Entry[]): Promise<Map<string, Item>> {
  const found = await batchGet(
    client,
    entries.map(({ pk, sk }) => ({ table, pk, sk })),
    wait,
  );
  return new Map(found.map(({ item }) => [`${text(item, 'pk')}/${text(item, 'sk')}`, item]));
}
