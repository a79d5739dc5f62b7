import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type z from 'zod';
import { type EndpointHealth, freshHealth, type HealthStore, storedHealth } from '../../core/endpoints/health.ts';
import { shardOf } from '../../core/ids.ts';
import { conditionally, type Item, number, type RegistryOptions, readDocument, text } from './client.ts';
import { healthKey, keyAttributes, markedHealth, rateKey } from './keys.ts';

/**
 * Marks are spread over this many partitions by endpoint: many endpoints may fail at the same time, and a partition takes
 * 1,000 writes a second. The number may change only with both read.
 */
export const MARK_SHARDS = 16;
/**
 * Up to version 0.1.0, all marks were in one partition of `by_kind`. It is read for good: a mark moves when its health is
 * next written, which may be years later for a paused endpoint. Reading it empty takes half a read unit.
 */
export const FORMER_MARK_SHARDS = 1;

/** Where the marks of a shard are: from `MARK_SHARDS` on, the former ones. */
export function marksOf(shard: number) {
  return shard < MARK_SHARDS
    ? ({ index: 'by_mark', partitionName: 'mark_pk', sortName: 'mark_sk', partition: markedHealth(shard) } as const)
    : ({ index: 'by_kind', partitionName: 'kind_pk', sortName: 'list_sk', partition: 'HOLDING' } as const);
}

/** The stored document: the key and an attribute hold the rest. Its names must not change. */
const document = storedHealth
  .omit({ endpointId: true, revision: true, outbox: true })
  .extend({ news: storedHealth.shape.outbox });

/** An endpoint's health as an item of the registry, beside the endpoint. */
export function healthItem({ endpointId, revision, outbox, ...rest }: EndpointHealth): Item {
  return {
    ...keyAttributes(healthKey(endpointId)),
    ...(rest.holding && {
      mark_pk: { S: markedHealth(shardOf(endpointId, MARK_SHARDS)) },
      mark_sk: { S: endpointId },
    }),
    rev: { N: String(revision) },
    doc: { S: JSON.stringify({ ...rest, news: outbox } satisfies z.input<typeof document>) },
  };
}

/** Reads a health item that this product wrote. */
export function readHealthItem(item: Item): EndpointHealth {
  const { news, ...rest } = readDocument(item, 'doc', document);
  const endpointId = text(item, 'pk').slice('ENDPOINT#'.length);
  return { ...rest, outbox: news, endpointId, revision: number(item, 'rev') ?? 0 };
}

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
