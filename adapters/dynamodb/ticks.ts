import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Ticks } from '../../core/system/system.ts';
import { keyAttributes, TICKS } from './keys.ts';

const PREFIX = 'at_';

/** The ends of scheduled tasks, as attributes of one item of the ledger. */
export function createTicks({ client, table }: { client: DynamoDBClient; table: string }): Ticks {
  return {
    async note(task, beganAtMs) {
      const update = new UpdateItemCommand({
        TableName: table,
        Key: keyAttributes(TICKS),
        UpdateExpression: 'SET #task = :at',
        ExpressionAttributeNames: { '#task': PREFIX + task },
        ExpressionAttributeValues: { ':at': { N: String(beganAtMs) } },
      });
      await client.send(update);
    },

    async last() {
      const { Item: item = {} } = await client.send(
        new GetItemCommand({ TableName: table, Key: keyAttributes(TICKS), ConsistentRead: true }),
      );
      return new Map(
        Object.entries(item).flatMap(([name, { N: at }]) =>
          name.startsWith(PREFIX) && at !== undefined ? [[name.slice(PREFIX.length), Number(at)]] : [],
        ),
      );
    },
  };
}
