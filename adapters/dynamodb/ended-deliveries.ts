import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { EndedDeliveries } from '../../core/deliveries/work-lists.ts';
import type { Item } from './client.ts';
import { deliveriesWithNotices, failedDeliveries, timed } from './keys.ts';
import { createSparseQuery } from './sparse-query.ts';

/** Deliveries that failed, or have notices in the outbox, from the ledger's sparse index. */
export function createEndedDeliveries(options: {
  client: DynamoDBClient;
  table: string;
  shards: number;
}): EndedDeliveries {
  const { client, table, shards } = options;
  const query = createSparseQuery(options);

  async function countIn(partition: string, from: string): Promise<number> {
    let count = 0;
    let start: Item | undefined;
    do {
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: 'sparse',
          KeyConditionExpression: 'sparse_pk = :partition AND sparse_sk BETWEEN :from AND :below',
          ExpressionAttributeValues: {
            ':partition': { S: partition },
            ':from': { S: from },
            ':below': { S: 'dead#~' },
          },
          Select: 'COUNT',
          ExclusiveStartKey: start,
        }),
      );
      count += answer.Count ?? 0;
      start = answer.LastEvaluatedKey;
    } while (start !== undefined);
    return count;
  }

  return {
    async ended(shard, how, range, after, limit) {
      const from = range.from === null ? `${how}#` : `${how}#${timed(range.from)}`;
      const below = range.to === null ? `${how}#~` : `${how}#${timed(range.to)}`;
      // Deliveries with notices come first: they move to the other partition, and would be missed in the reverse order.
      const [isFailed, position] = after?.startsWith(FAILED) ? [true, after.slice(FAILED.length)] : [false, after];
      if (!isFailed) {
        const page = await query({ partition: deliveriesWithNotices(shard), from, below, after: position, limit });
        return { keys: page.keys, next: page.next ?? FAILED };
      }
      const page = await query({ partition: failedDeliveries(shard), from, below, after: position || null, limit });
      return { keys: page.keys, next: page.next && FAILED + page.next };
    },

    withNotices: (shard, after, limit) => query({ partition: deliveriesWithNotices(shard), after, limit }),

    async countDead(sinceMs) {
      const from = `dead#${timed(sinceMs)}`;
      const partitions = Array.from({ length: shards }, (_, shard) => [
        deliveriesWithNotices(shard),
        failedDeliveries(shard),
      ]);
      const counts = await Promise.all(partitions.flat().map((partition) => countIn(partition, from)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

/** The prefix of positions in the second of the two partitions that `ended` walks. */
const FAILED = 'failed:';
