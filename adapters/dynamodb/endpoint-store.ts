import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Wait } from '../../core/clock.ts';
import { freshHealth } from '../../core/endpoints/health.ts';
import type { EndpointStore } from '../../core/endpoints/store.ts';
import { auditOf, tombstone } from './audited-item.ts';
import { batchGet, conditionally, text } from './client.ts';
import { endpointItem, livingEndpoint, readEndpointItem } from './endpoint-item.ts';
import { readHealthItem } from './health-item.ts';
import { endpointKey, healthKey, tenantEndpoints } from './keys.ts';
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
      const item = items.find((one) => text(one, 'sk') !== 'HEALTH');
      const health = items.find((one) => text(one, 'sk') === 'HEALTH');
      const endpoint = item && livingEndpoint(item);
      if (item === undefined || endpoint === undefined) return undefined;
      return { endpoint, health: health ? readHealthItem(health) : freshHealth(id), ...auditOf(item) };
    },

    put(endpoint, expected, entry) {
      const put = new PutItemCommand({
        TableName: table,
        Item: endpointItem(endpoint, entry),
        ...(expected === null
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: 'version = :expected',
              ExpressionAttributeValues: { ':expected': { N: String(expected) } },
            }),
      });
      return conditionally(client.send(put));
    },

    remove(id, expected, entry) {
      const remove = new PutItemCommand({
        TableName: table,
        Item: tombstone(endpointKey(id), entry),
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
