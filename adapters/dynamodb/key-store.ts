import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { KeyReader } from '../../core/keys/authenticate.ts';
import type { ApiKey } from '../../core/keys/key.ts';
import type { KeyStore } from '../../core/keys/store.ts';
import { type Item, text } from './client.ts';
import { apiKeyKey, keyAttributes } from './keys.ts';
import { listRegistry } from './registry-list.ts';

export interface KeyStoreOptions {
  client: DynamoDBClient;
  table: string;
  /** Told when a best-effort write failed. */
  warn: (message: string, fault: unknown) => void;
}

const tenantKeys = (tenant: string) => `KEYS#${tenant}`;

function readKeyItem(item: Item): ApiKey {
  const key: ApiKey = JSON.parse(text(item, 'doc'));
  return { ...key, lastUsedOn: item.last_used_on?.S ?? null };
}

/** The registry's API keys in DynamoDB: found by the key's hash, listed by id. */
export function createKeyStore({ client, table, warn }: KeyStoreOptions): KeyReader & KeyStore {
  async function itemOf(id: string): Promise<Item | undefined> {
    const answer = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'by_kind',
        KeyConditionExpression: 'kind_pk = :kind AND list_sk = :id',
        ExpressionAttributeValues: { ':kind': { S: 'KEY' }, ':id': { S: id } },
      }),
    );
    return answer.Items?.[0];
  }

  return {
    async findByHash(hash) {
      const Key = keyAttributes(apiKeyKey(hash));
      const answer = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      return answer.Item && readKeyItem(answer.Item);
    },

    async noteUse(hash, day) {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: keyAttributes(apiKeyKey(hash)),
            UpdateExpression: 'SET last_used_on = :day',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':day': { S: day } },
          }),
        );
      } catch (fault) {
        warn('The day of last use of an API key was not noted.', fault);
      }
    },

    async put(key, hash) {
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: {
            ...keyAttributes(apiKeyKey(hash)),
            kind_pk: { S: 'KEY' },
            list_sk: { S: key.id },
            ...(key.tenant !== null && { tenant_pk: { S: tenantKeys(key.tenant) } }),
            doc: { S: JSON.stringify(key) },
          },
        }),
      );
    },

    list(tenant, limit, after) {
      const tenantPartition = tenant === null ? null : tenantKeys(tenant);
      return listRegistry({ client, table, kind: 'KEY', tenantPartition, limit, after, read: readKeyItem });
    },

    async find(id) {
      const item = await itemOf(id);
      return item && readKeyItem(item);
    },

    async remove(id) {
      const item = await itemOf(id);
      if (item === undefined) return undefined;
      const Key = keyAttributes({ pk: text(item, 'pk'), sk: text(item, 'sk') });
      await client.send(new DeleteItemCommand({ TableName: table, Key }));
      return readKeyItem(item);
    },
  };
}
