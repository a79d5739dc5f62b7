import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { type Endpoint, storedEndpoint } from '../../core/endpoints/endpoint.ts';
import { freshHealth } from '../../core/endpoints/health.ts';
import type { EndpointStore, MarkedEndpoint, MarkedEndpoints } from '../../core/endpoints/store.ts';
import { HEARTBEAT_TENANT } from '../../core/tenant.ts';
import { auditAttributes, auditOf, isTombstone, tombstone } from './audit.ts';
import { batchGet, conditionally, type Item, type RegistryOptions, readDocument, text } from './client.ts';
import { FORMER_MARK_SHARDS, MARK_SHARDS, marksOf, readHealthItem } from './health.ts';
import { ALL_ENDPOINTS, endpointKey, healthKey, keyAttributes, registryPartition, tenantEndpoints } from './keys.ts';
import { listRegistry } from './registry-lists.ts';

/**
 * An endpoint as an item of the registry, with the audit entry of its change; its indexes list by tenant and across
 * all.
 */
export function endpointItem(endpoint: Endpoint, entry: AuditEntry | null): Item {
  return {
    ...keyAttributes(endpointKey(endpoint.id)),
    tenant_pk: { S: registryPartition(tenantEndpoints(endpoint.tenant), endpoint.id) },
    // The heartbeat's is in no list across tenants.
    ...(endpoint.tenant !== HEARTBEAT_TENANT && { kind_pk: { S: registryPartition(ALL_ENDPOINTS, endpoint.id) } }),
    list_sk: { S: endpoint.id },
    version: { N: String(endpoint.version) },
    doc: { S: JSON.stringify(endpoint) },
    ...(entry !== null && auditAttributes(entry)),
  };
}

/** The endpoint of an item that was read by its key; undefined if it was deleted. */
export function livingEndpoint(item: Item): Endpoint | undefined {
  return isTombstone(item) ? undefined : readEndpointItem(item);
}

/** Reads the item of an endpoint that is not deleted, as in lists. */
function readEndpointItem(item: Item): Endpoint {
  return readDocument(item, 'doc', storedEndpoint);
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
      const ofTenant = tenant === null ? null : tenantEndpoints(tenant);
      return listRegistry({ client, table, all: ALL_ENDPOINTS, ofTenant, limit, after, read: readEndpointItem });
    },
  };
}

/** Endpoints of one page: one call reads a page's endpoints and their health. */
const MARKED_PAGE = 50;

/** The endpoints with the holding mark: the index lists candidates, the table decides. */
export function createMarkedEndpoints({ client, table, wait }: RegistryOptions): MarkedEndpoints {
  return {
    shards: MARK_SHARDS + FORMER_MARK_SHARDS,

    async page(shard, after, faults) {
      const { index, partitionName, sortName, partition } = marksOf(shard);
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: index,
          KeyConditionExpression: `${partitionName} = :partition AND ${sortName} > :after`,
          ExpressionAttributeValues: { ':partition': { S: partition }, ':after': { S: after ?? ' ' } },
          Limit: MARKED_PAGE,
        }),
      );
      const ids = Items.map((item) => text(item, sortName));
      const keys = ids.flatMap((id) => [endpointKey(id), healthKey(id)]).map((key) => ({ table, ...key }));
      const items = keys.length === 0 ? [] : (await batchGet(client, keys, wait)).map(({ item }) => item);
      const byEndpoint = Map.groupBy(items, (item) => text(item, 'pk'));
      const own = ids.flatMap((id) => byEndpoint.get(endpointKey(id).pk) ?? []);
      const inOrder = [...Map.groupBy(own, (item) => text(item, 'pk')).values()];
      const marked = await Promise.all(inOrder.map((items) => faults.attempt(async () => markedEndpoint(items))));
      return {
        marked: marked.filter((one) => one !== undefined),
        next: LastEvaluatedKey === undefined ? null : (ids.at(-1) ?? null),
      };
    },
  };
}

/** From the items of one endpoint; undefined if its mark is gone. */
function markedEndpoint(items: Item[]): MarkedEndpoint | undefined {
  const isHealth = (item: Item) => text(item, 'sk') === healthKey('').sk;
  const [health] = items.filter(isHealth).map(readHealthItem);
  const [endpoint] = items.filter((item) => !isHealth(item)).map(livingEndpoint);
  return health === undefined || health.holding === null ? undefined : { health, endpoint };
}
