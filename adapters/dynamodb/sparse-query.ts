import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { WaitingPage } from '../../core/deliveries/work-lists.ts';
import type { Item } from './client.ts';
import { DELIVERY_PREFIX } from './keys.ts';

export interface SparseRange {
  partition: string;
  /** Sort keys from this on; all by default. */
  from?: string;
  /** Sort keys up to this. */
  below?: string;
  after: string | null;
  limit: number;
}

/** Reads deliveries of one partition of the ledger's sparse index, in the order of their sort keys. */
export function createSparseQuery({ client, table }: { client: DynamoDBClient; table: string }) {
  return async ({ partition, from = ' ', below = '~', after, limit }: SparseRange): Promise<WaitingPage> => {
    // DynamoDB refuses a BETWEEN whose end is before its beginning.
    if (below < (after ?? from)) return { keys: [], next: null };
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
    return { keys: kept.map(keyOf), next: hasMore ? (kept.at(-1)?.sparse_sk?.S ?? null) : null };
  };
}

function keyOf(item: Item) {
  return {
    eventId: (item.pk?.S ?? '').slice('EVENT#'.length),
    endpointId: (item.sk?.S ?? '').slice(DELIVERY_PREFIX.length),
  };
}
