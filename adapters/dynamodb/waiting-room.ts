import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { WaitingRoom } from '../../core/deliveries/work-lists.ts';
import { dueDeliveries, heldDeliveries, timed } from './keys.ts';
import { createSparseQuery } from './sparse-query.ts';

/** The waiting room: the ledger's sparse index. It is eventually consistent; readers re-read the records. */
export function createWaitingRoom(options: { client: DynamoDBClient; table: string }): WaitingRoom {
  const query = createSparseQuery(options);
  return {
    due: (shard, untilMs, limit, after) =>
      query({ partition: dueDeliveries(shard), below: timed(untilMs), after, limit }),
    held: (endpointId, shard, limit, beforeMs) =>
      query({
        partition: heldDeliveries(endpointId, shard),
        ...(Number.isFinite(beforeMs) && { below: timed(beforeMs) }),
        after: null,
        limit,
      }),
  };
}
