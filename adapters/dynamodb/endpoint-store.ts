import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Wait } from '../../core/clock.ts';
import { freshHealth } from '../../core/endpoints/health.ts';
import type { EndpointStore } from '../../core/endpoints/store.ts';
import { batchGet, conditionally, text } from './client.ts';
import { endpointItem, readEndpointItem } from './endpoint-item.ts';
import { readHealthItem } from './health-item.ts';
import { endpointKey, healthKey, keyAttributes, tenantEndpoints } from './keys.ts';
import { listRegistry } from './registry-list.ts';

export interface RegistryOptions {
  client: DynamoDBClient;
  table: string;
  wait: Wait;
}

/** The registry's endpoints in DynamoDB. */
export function createEndpointStore({ client, table, wait }: RegistryOptions): EndpointStore {
  return {
    async find(id) {
      const keys = [endpointKey(id), healthKey(id)].map((key) => ({ table, ...key }));
      const items = (await batchGet(client, keys, wait)).map(({ item }) => item);
      const endpoint = items.find((item) => text(item, 'sk') !== 'HEALTH');
      const health = items.find((item) => text(item, 'sk') === 'HEALTH');
      if (endpoint === undefined) return undefined;
      return { endpoint: readEndpointItem(endpoint), health: health ? readHealthItem(health) : freshHealth(id) };
    },

    put(endpoint, expected) {
      const put = new PutItemCommand({
        TableName: table,
        Item: endpointItem(endpoint),
        ...(expected === null
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: 'version = :expected',
              ExpressionAttributeValues: { ':expected': { N: String(expected) } },
            }),
      });
      return conditionally(client.send(put));
    },

    remove(id, expected) {
      const remove = new DeleteItemCommand({
        TableName: table,
        Key: keyAttributes(endpointKey(id)),
        ConditionExpression: 'version = :expected',
        ExpressionAttributeValues: { ':expected': { N: String(expected) } },
      });
      return conditionally(client.send(remove));
    },

    list(tenant, limit, after) {
      const tenantPartition = tenant === null ? null : tenantEndpoints(tenant);
      return listRegistry({ client, table, kind: 'ENDPOINT', tenantPartition, limit, after, read: readEndpointItem });
    },
  };
}
