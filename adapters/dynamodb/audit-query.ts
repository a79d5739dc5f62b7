import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { boundsOf } from '../../core/audit/trail.ts';
import type { Segment, TimeRange } from '../../core/listing/page.ts';
import { type Item, text } from './client.ts';

export interface EntryList {
  client: DynamoDBClient;
  table: string;
  /** The index to walk; by default the table itself, strongly consistent. */
  index?: 'by_tenant' | 'by_kind' | 'by_audit';
  partition: string;
  range: TimeRange;
  after: string | null;
  limit: number;
}

const KEYS = {
  table: ['pk', 'sk'],
  by_tenant: ['tenant_pk', 'list_sk'],
  by_kind: ['kind_pk', 'list_sk'],
  by_audit: ['audit_pk', 'audit_sk'],
} as const;

/** Walks a partition whose sort key is the id of an audit entry, newest first. */
export async function walkEntries<Found>(list: EntryList, read: (item: Item) => Found): Promise<Segment<Found>> {
  const { client, table, index, partition, range, after, limit } = list;
  const [pkName, skName] = KEYS[index ?? 'table'];
  const { low, high } = boundsOf(range, after);
  // DynamoDB refuses a BETWEEN whose end is before its beginning.
  if (high < low) return { found: [], examined: 0, next: null };
  const answer = await client.send(
    new QueryCommand({
      TableName: table,
      ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
      KeyConditionExpression: `${pkName} = :partition AND ${skName} BETWEEN :low AND :high`,
      ExpressionAttributeValues: { ':partition': { S: partition }, ':low': { S: low }, ':high': { S: high } },
      ScanIndexForward: false,
      // The bound includes the entry that the last page ended with.
      Limit: limit + 1,
    }),
  );
  const items = (answer.Items ?? []).filter((item) => text(item, skName) !== after);
  const kept = items.slice(0, limit);
  const found = kept.map((item) => ({ item: read(item), position: text(item, skName) }));
  const hasMore = items.length > kept.length || answer.LastEvaluatedKey !== undefined;
  return { found, examined: kept.length, next: hasMore ? (found.at(-1)?.position ?? after) : null };
}
