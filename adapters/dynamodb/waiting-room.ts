import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { WaitingPage, WaitingRoom } from '../../core/waiting-room/sweep.ts';
import type { Item } from './client.ts';
import { DELIVERY_PREFIX, dueDeliveries, heldDeliveries, timed } from './keys.ts';

interface Range {
  partition: string;
  /** Sort keys below this. */
  below?: string;
  after: string | null;
  limit: number;
}

/** The waiting room: the ledger's sparse index. It is eventually consistent; readers look at the record again. */
export function createWaitingRoom({ client, table }: { client: DynamoDBClient; table: string }): WaitingRoom {
  async function query({ partition, below, after, limit }: Range): Promise<WaitingPage> {
    // DynamoDB takes one condition on the sort key: "between" serves both bounds, "after" itself is then skipped.
    const from = after ?? '0';
    const answer = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'sparse',
        KeyConditionExpression: 'sparse_pk = :partition AND sparse_sk BETWEEN :from AND :below',
        ExpressionAttributeValues: {
          ':partition': { S: partition },
          ':from': { S: from },
          ':below': { S: below ?? '9' },
        },
        Limit: limit + 1,
      }),
    );
    const items = (answer.Items ?? []).filter((item) => item.sparse_sk?.S !== after);
    const last = items.at(-1)?.sparse_sk?.S ?? null;
    return { keys: items.map(keyOf), next: answer.LastEvaluatedKey === undefined ? null : last };
  }

  return {
    due: (shard, untilMs, limit, after) =>
      query({ partition: dueDeliveries(shard), below: timed(untilMs), after, limit }),
    held: (endpointId, shard, limit) => query({ partition: heldDeliveries(endpointId, shard), after: null, limit }),
  };
}

function keyOf(item: Item) {
  return {
    eventId: (item.pk?.S ?? '').slice('EVENT#'.length),
    endpointId: (item.sk?.S ?? '').slice(DELIVERY_PREFIX.length),
  };
}
