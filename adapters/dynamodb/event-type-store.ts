import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { EventTypeStore } from '../../core/event-types/store.ts';
import { auditOf, tombstone } from './audited-item.ts';
import { conditionally, type Item, text } from './client.ts';
import { EVENT_TYPES, eventTypeItem, readEventTypeItem } from './event-type-item.ts';
import { eventTypeKey, keyAttributes } from './keys.ts';
import { listRegistry } from './registry-list.ts';

/** The event types in the registry. */
export function createEventTypeStore({ client, table }: { client: DynamoDBClient; table: string }): EventTypeStore {
  function write(item: Item, expected: string | undefined): Promise<boolean> {
    const put = new PutItemCommand({
      TableName: table,
      Item: item,
      ...(expected === undefined
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : { ConditionExpression: 'audit_sk = :expected', ExpressionAttributeValues: { ':expected': { S: expected } } }),
    });
    return conditionally(client.send(put));
  }

  return {
    async find(name) {
      const Key = keyAttributes(eventTypeKey(name));
      const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      return item === undefined ? { eventType: undefined } : { eventType: readEventTypeItem(item), ...auditOf(item) };
    },

    put: (eventType, expected, entry) => write(eventTypeItem(eventType, entry), expected),

    remove: (name, expected, entry) => write(tombstone(eventTypeKey(name), entry), expected),

    async list(limit, after) {
      const { items, next } = await listRegistry({
        ...{ client, table, kind: EVENT_TYPES, tenantPartition: null, limit, after },
        read: (item) => ({ id: text(item, 'list_sk'), eventType: readEventTypeItem(item) }),
      });
      return { items: items.flatMap(({ eventType }) => eventType ?? []), next };
    },
  };
}
