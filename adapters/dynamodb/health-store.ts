import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { type EndpointHealth, freshHealth, type HealthStore } from '../../core/endpoints/health.ts';
import type { MarkedEndpoints } from '../../core/endpoints/store.ts';
import { batchGet, conditionally, type Item, text } from './client.ts';
import { livingEndpoint } from './endpoint-item.ts';
import type { RegistryOptions } from './endpoint-store.ts';
import { HOLDING_KIND, healthItem, readHealthItem } from './health-item.ts';
import { endpointKey, healthKey, keyAttributes, rateKey } from './keys.ts';

/** The health of endpoints, beside them in the registry. */
export function createHealthStore({ client, table }: Pick<RegistryOptions, 'client' | 'table'>): HealthStore & {
  /** Removes the health and rate items of a deleted endpoint, unless its health has changed since. */
  remove(health: EndpointHealth): Promise<void>;
} {
  return {
    async find(endpointId) {
      const key = keyAttributes(healthKey(endpointId));
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }));
      return Item === undefined ? freshHealth(endpointId) : readHealthItem(Item);
    },

    put(health, expected) {
      const put = new PutItemCommand({ TableName: table, Item: healthItem(health), ...unchanged(expected) });
      return conditionally(client.send(put));
    },

    async remove({ endpointId, revision }) {
      const Key = keyAttributes(healthKey(endpointId));
      const remove = new DeleteItemCommand({ TableName: table, Key, ...unchanged(revision) });
      if (!(await conditionally(client.send(remove)))) return;
      await client.send(new DeleteItemCommand({ TableName: table, Key: keyAttributes(rateKey(endpointId)) }));
    },
  };
}

function unchanged(revision: number) {
  return revision === 0
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : { ConditionExpression: 'rev = :rev', ExpressionAttributeValues: { ':rev': { N: String(revision) } } };
}

/** The endpoints with the holding mark: the index lists candidates, the table decides. */
export function createMarkedEndpoints({ client, table, wait }: RegistryOptions): MarkedEndpoints {
  return {
    async list() {
      const ids = await queryMarked(client, table);
      const keys = ids.flatMap((id) => [endpointKey(id), healthKey(id)]).map((key) => ({ table, ...key }));
      const items = keys.length === 0 ? [] : (await batchGet(client, keys, wait)).map(({ item }) => item);
      const isHealth = (item: Item) => text(item, 'sk') === healthKey('').sk;
      const endpoints = items.filter((item) => !isHealth(item)).map(livingEndpoint);
      const byId = new Map(endpoints.map((endpoint) => [endpoint?.id, endpoint]));
      const marked = items.filter(isHealth).map(readHealthItem);
      return marked
        .filter(({ holding }) => holding !== null)
        .map((health) => ({ health, endpoint: byId.get(health.endpointId) }));
    },
  };
}

async function queryMarked(client: DynamoDBClient, table: string): Promise<string[]> {
  const ids: string[] = [];
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
    ids.push(...(answer.Items ?? []).map((item) => text(item, 'list_sk')));
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
  return ids;
}
