import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { TtlCache } from '../../core/cache.ts';
import type { Clock } from '../../core/clock.ts';
import { MINUTE_MS } from '../../core/durations.ts';
import {
  type Subscription,
  type SubscriptionReader,
  type SubscriptionWriter,
  storedSubscription,
} from '../../core/subscriptions/subscription.ts';
import { conditionally, type Item, readDocument } from './client.ts';
import { keyAttributes, subscriptionName, subscriptionsOf } from './keys.ts';

interface SubscriptionIndexOptions {
  client: DynamoDBClient;
  table: string;
  clock: Clock;
}

/** A tenant with more entries than this is read by pattern. */
const SMALL_TENANT_ENTRIES = 200;
/** How long a tenant is cached as large, which saves the read that would show it again. */
const LARGE_TENANT_MS = MINUTE_MS;
const LARGE_TENANTS_MAX = 10_000;

function readSubscription(item: Item): Subscription {
  return readDocument(item, 'doc', storedSubscription);
}

/** The subscription index, as endpoint management writes it. */
export function createSubscriptionWriter({
  client,
  table,
}: Omit<SubscriptionIndexOptions, 'clock'>): SubscriptionWriter {
  return {
    async put(subscriptions) {
      await Promise.all(
        subscriptions.map((subscription) => {
          const { tenant, pattern, endpointId, version } = subscription;
          const put = new PutItemCommand({
            TableName: table,
            Item: {
              ...keyAttributes({ pk: subscriptionsOf(tenant), sk: subscriptionName(pattern, endpointId) }),
              version: { N: String(version) },
              doc: { S: JSON.stringify(subscription) },
            },
            ConditionExpression: 'attribute_not_exists(pk) OR version <= :version',
            ExpressionAttributeValues: { ':version': { N: String(version) } },
          });
          return conditionally(client.send(put));
        }),
      );
    },

    async remove(entries) {
      await Promise.all(
        entries.map(({ tenant, pattern, endpointId, olderThan }) => {
          const remove = new DeleteItemCommand({
            TableName: table,
            Key: keyAttributes({ pk: subscriptionsOf(tenant), sk: subscriptionName(pattern, endpointId) }),
            ConditionExpression: 'attribute_not_exists(pk) OR version < :older',
            ExpressionAttributeValues: { ':older': { N: String(olderThan) } },
          });
          return conditionally(client.send(remove));
        }),
      );
    },
  };
}

/** The subscription index, as the fan-out reads it. */
export function createSubscriptionReader({ client, table, clock }: SubscriptionIndexOptions): SubscriptionReader {
  const large = new TtlCache<true>({ lifeMs: LARGE_TENANT_MS, entriesMax: LARGE_TENANTS_MAX });

  return {
    async all(tenant) {
      if (large.get(tenant, clock())) return undefined;
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: subscriptionsOf(tenant) } },
          Limit: SMALL_TENANT_ENTRIES,
        }),
      );
      if (answer.LastEvaluatedKey === undefined) return (answer.Items ?? []).map(readSubscription);
      large.set(tenant, true, clock());
      return undefined;
    },

    async page(tenant, pattern, after, limit) {
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :pattern)',
          ExpressionAttributeValues: {
            ':pk': { S: subscriptionsOf(tenant) },
            ':pattern': { S: subscriptionName(pattern, '') },
          },
          ...(after !== null && { ExclusiveStartKey: keyAttributes({ pk: subscriptionsOf(tenant), sk: after }) }),
          Limit: limit,
        }),
      );
      return { entries: (answer.Items ?? []).map(readSubscription), next: answer.LastEvaluatedKey?.sk?.S ?? null };
    },

    positionOf: ({ pattern, endpointId }) => subscriptionName(pattern, endpointId),
  };
}
