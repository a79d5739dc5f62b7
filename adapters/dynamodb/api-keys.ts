import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { KeyReader } from '../../core/keys/authenticate.ts';
import { type ApiKey, storedKey } from '../../core/keys/key.ts';
import type { KeyStore } from '../../core/keys/store.ts';
import { auditAttributes, auditOf, isTombstone, tombstone } from './audit.ts';
import { conditionally, type Item, readDocument, text } from './client.ts';
import { ALL_KEYS, apiKeyKey, apiKeyPointer, keyAttributes, registryPartition, tenantKeys } from './keys.ts';
import { listRegistry } from './registry-lists.ts';

interface KeyStoreOptions {
  client: DynamoDBClient;
  table: string;
  /** Called when a best-effort write failed. */
  warn: (message: string, fault: unknown) => void;
}

function readKeyItem(item: Item): ApiKey {
  const key = readDocument(item, 'doc', storedKey);
  return { ...key, lastUsedOn: item.last_used_on?.S ?? null };
}

/** The registry's API keys in DynamoDB: found by the key's hash, and by its id through a pointer to the hash. */
export function createKeyStore({ client, table, warn }: KeyStoreOptions): KeyReader & KeyStore {
  const get = async (key: { pk: string; sk: string }): Promise<Item | undefined> =>
    (await client.send(new GetItemCommand({ TableName: table, Key: keyAttributes(key), ConsistentRead: true }))).Item;

  const living = async (key: { pk: string; sk: string }): Promise<Item | undefined> => {
    const item = await get(key);
    return item === undefined || isTombstone(item) ? undefined : item;
  };

  async function itemOf(id: string): Promise<Item | undefined> {
    const pointer = await get(apiKeyPointer(id));
    const hash = pointer?.hash?.S ?? (await indexedHash(id));
    const item = hash === undefined ? undefined : await living(apiKeyKey(hash));
    return item !== undefined && readKeyItem(item).id === id ? item : undefined;
  }

  /** Keys created before pointers existed are found by the index, in the one partition of that time. */
  async function indexedHash(id: string): Promise<string | undefined> {
    const answer = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'by_kind',
        KeyConditionExpression: 'kind_pk = :kind AND list_sk = :id',
        ExpressionAttributeValues: { ':kind': { S: ALL_KEYS }, ':id': { S: id } },
      }),
    );
    return answer.Items?.[0]?.pk?.S?.slice(apiKeyKey('').pk.length);
  }

  return {
    async findByHash(hash) {
      const item = await living(apiKeyKey(hash));
      return item && readKeyItem(item);
    },

    async noteUse(hash, day) {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: keyAttributes(apiKeyKey(hash)),
            UpdateExpression: 'SET last_used_on = :day',
            ConditionExpression: 'attribute_exists(doc)',
            ExpressionAttributeValues: { ':day': { S: day } },
          }),
        );
      } catch (fault) {
        warn('The day of last use of an API key was not recorded.', fault);
      }
    },

    async put(key, hash, entry) {
      // The pointer first, so that an existing key is always found by its id; a dangling pointer is harmless.
      const pointer = { ...keyAttributes(apiKeyPointer(key.id)), hash: { S: hash } };
      await client.send(new PutItemCommand({ TableName: table, Item: pointer }));
      const put = new PutItemCommand({
        TableName: table,
        Item: {
          ...keyAttributes(apiKeyKey(hash)),
          kind_pk: { S: registryPartition(ALL_KEYS, key.id) },
          list_sk: { S: key.id },
          ...(key.tenant !== null && { tenant_pk: { S: registryPartition(tenantKeys(key.tenant), key.id) } }),
          doc: { S: JSON.stringify(key) },
          ...auditAttributes(entry),
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      });
      return conditionally(client.send(put));
    },

    list(tenant, limit, after) {
      const ofTenant = tenant === null ? null : tenantKeys(tenant);
      return listRegistry({ client, table, all: ALL_KEYS, ofTenant, limit, after, read: readKeyItem });
    },

    async find(id) {
      const item = await itemOf(id);
      return item && { key: readKeyItem(item), ...auditOf(item) };
    },

    async remove(id, entry) {
      const item = await itemOf(id);
      if (item === undefined) return false;
      const Item = tombstone({ pk: text(item, 'pk'), sk: text(item, 'sk') }, entry);
      const put = new PutItemCommand({ TableName: table, Item, ConditionExpression: 'attribute_exists(doc)' });
      const isRemoved = await conditionally(client.send(put));
      await client.send(new DeleteItemCommand({ TableName: table, Key: keyAttributes(apiKeyPointer(id)) }));
      return isRemoved;
    },
  };
}
