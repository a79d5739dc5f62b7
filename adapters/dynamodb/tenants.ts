import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { storedTenant, type TenantStore, tenantPosition } from '../../core/tenants/store.ts';
import { conditionally, readDocument } from './client.ts';
import { ALL_TENANTS, keyAttributes, registryPartition, tenantKey } from './keys.ts';
import { listRegistry } from './registry-lists.ts';

/** The tenants in the registry. */
export function createTenantStore({ client, table }: { client: DynamoDBClient; table: string }): TenantStore {
  return {
    async note(tenant) {
      const put = new PutItemCommand({
        TableName: table,
        Item: {
          ...keyAttributes(tenantKey(tenant.name)),
          kind_pk: { S: registryPartition(ALL_TENANTS, tenant.name) },
          list_sk: { S: tenantPosition(tenant) },
          doc: { S: JSON.stringify(tenant) },
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      });
      await conditionally(client.send(put));
    },

    async find(name) {
      const { Item: item } = await client.send(
        new GetItemCommand({ TableName: table, Key: keyAttributes(tenantKey(name)), ConsistentRead: true }),
      );
      return item && readDocument(item, 'doc', storedTenant);
    },

    list: (limit, after) =>
      listRegistry({
        ...{ client, table, limit, after },
        all: ALL_TENANTS,
        ofTenant: null,
        read: (item) => readDocument(item, 'doc', storedTenant),
      }),
  };
}
