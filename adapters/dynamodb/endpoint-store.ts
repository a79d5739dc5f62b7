import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Wait } from '../../core/clock.ts';
import { freshHealth } from '../../core/endpoints/endpoint.ts';
import type { EndpointStore, HoldingMarks } from '../../core/endpoints/store.ts';
import type { HoldingEndpoints } from '../../core/waiting-room/release.ts';
import { batchGet, conditionally, type Item, text } from './client.ts';
import { endpointItem, HOLDING_KIND, readEndpointItem, readHealthItem } from './endpoint-item.ts';
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

/** The marks of endpoints for which deliveries may be held, beside the endpoint in the registry. */
export function createHoldingMarks({ client, table, wait }: RegistryOptions): HoldingMarks & HoldingEndpoints {
  const set = (endpointId: string, holdingId: string) => ({
    TableName: table,
    Key: keyAttributes(healthKey(endpointId)),
    UpdateExpression: 'SET holding_id = :id, kind_pk = :kind, list_sk = :endpoint REMOVE empty_since',
    ExpressionAttributeValues: {
      ':id': { S: holdingId },
      ':kind': { S: HOLDING_KIND },
      ':endpoint': { S: endpointId },
    },
  });
  const whileStill = (endpointId: string, holdingId: string) => ({
    TableName: table,
    Key: keyAttributes(healthKey(endpointId)),
    ConditionExpression: 'holding_id = :id',
    ExpressionAttributeValues: { ':id': { S: holdingId } },
  });

  return {
    async renew(endpointId, holdingId) {
      await client.send(new UpdateItemCommand(set(endpointId, holdingId)));
    },

    async ensure(endpointId, holdingId) {
      const update = { ...set(endpointId, holdingId), ConditionExpression: 'attribute_not_exists(holding_id)' };
      await conditionally(client.send(new UpdateItemCommand(update)));
    },

    async list() {
      const marked = (await queryHolding(client, table)).map(readHealthItem);
      const keys = marked.map(({ endpointId }) => ({ table, ...endpointKey(endpointId) }));
      const found = keys.length === 0 ? [] : await batchGet(client, keys, wait);
      const states = new Map(found.map(({ item }) => readEndpointItem(item)).map(({ id, state }) => [id, state]));
      return marked.map((health) => ({ health, state: states.get(health.endpointId) }));
    },

    async noteEmpty(endpointId, holdingId, sinceMs) {
      const condition = whileStill(endpointId, holdingId);
      const update =
        sinceMs === null
          ? { ...condition, UpdateExpression: 'REMOVE empty_since' }
          : {
              ...condition,
              UpdateExpression: 'SET empty_since = :since',
              ExpressionAttributeValues: { ...condition.ExpressionAttributeValues, ':since': { N: String(sinceMs) } },
            };
      await conditionally(client.send(new UpdateItemCommand(update)));
    },

    async clear(endpointId, holdingId) {
      const update = {
        ...whileStill(endpointId, holdingId),
        UpdateExpression: 'REMOVE holding_id, kind_pk, list_sk, empty_since',
      };
      await conditionally(client.send(new UpdateItemCommand(update)));
    },
  };
}

async function queryHolding(client: DynamoDBClient, table: string): Promise<Item[]> {
  const items: Item[] = [];
  let start: Item | undefined;
  do {
    const answer = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'by_kind',
        KeyConditionExpression: 'kind_pk = :kind',
        ExpressionAttributeValues: { ':kind': { S: HOLDING_KIND } },
        ExclusiveStartKey: start,
      }),
    );
    items.push(...(answer.Items ?? []));
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
}
