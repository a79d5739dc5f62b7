import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DataKeyStore } from '../../core/secrets/vault.ts';
import { conditionally, number, text } from './client.ts';
import { DATA_KEY, keyAttributes } from './keys.ts';

/** The current data key, encrypted by KMS, in the registry. */
export function createDataKeyStore({ client, table }: { client: DynamoDBClient; table: string }): DataKeyStore {
  return {
    async current() {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: keyAttributes(DATA_KEY), ConsistentRead: true }),
      );
      if (Item === undefined) return undefined;
      return { id: text(Item, 'id'), wrapped: text(Item, 'wrapped'), createdAt: number(Item, 'created_at') ?? 0 };
    },

    replace({ id, wrapped, createdAt }, replaces) {
      const put = new PutItemCommand({
        TableName: table,
        Item: {
          ...keyAttributes(DATA_KEY),
          id: { S: id },
          wrapped: { S: wrapped },
          created_at: { N: String(createdAt) },
        },
        ...(replaces === null
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : { ConditionExpression: 'id = :replaces', ExpressionAttributeValues: { ':replaces': { S: replaces } } }),
      });
      return conditionally(client.send(put));
    },
  };
}
