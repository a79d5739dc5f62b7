import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { DeathChange } from '../../core/deliveries/deaths.ts';
import { DAY_MS, HOUR_MS } from '../../core/durations.ts';
import { deathCountsKey, keyAttributes, shardOfDelivery } from './keys.ts';

export interface DeathCountsOptions {
  client: DynamoDBClient;
  table: string;
  shards: number;
}

/** SQS keeps a dead letter for at most 14 days; a day more, so that no reader needs to look at the expiry. */
const KEPT_MS = 15 * DAY_MS;

/** The start of the day in UTC. */
export const dayOf = (epochMs: number) => Math.floor(epochMs / DAY_MS) * DAY_MS;
/** The attribute that has the count of an hour of the day. */
export const attributeOf = (hour: number) => `h${(hour - dayOf(hour)) / HOUR_MS}`;
/** When TTL deletes the counts of a day. */
export const expiryOf = (day: number) => ({ N: String((day + DAY_MS + KEPT_MS) / 1000) });

/**
 * Counts deaths in the ledger: an item per shard and day, an attribute per hour. The shard is the delivery's in the index, so
 * that a recount compares the two shard by shard.
 */
export function createDeathCounter({ client, table, shards }: DeathCountsOptions) {
  return async ({ hour, by, ...delivery }: DeathChange): Promise<void> => {
    const day = dayOf(hour);
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: keyAttributes(deathCountsKey(shardOfDelivery(delivery, shards), day)),
        UpdateExpression: `SET expires_at = :expiry ADD ${attributeOf(hour)} :by`,
        ExpressionAttributeValues: { ':expiry': expiryOf(day), ':by': { N: String(by) } },
      }),
    );
  };
}
