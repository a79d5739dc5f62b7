import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { type EventType, storedEventType } from '../../core/event-types/event-type.ts';
import { type EventTypeReader, type EventTypeStore, listPosition } from '../../core/event-types/store.ts';
import { auditAttributes, auditOf, isTombstone, tombstone } from './audit.ts';
import { batchGet, conditionally, type Item, type RegistryOptions, readDocument } from './client.ts';
import { ALL_EVENT_TYPES, eventTypeKey, keyAttributes, registryPartition } from './keys.ts';
import { listRegistry } from './registry-lists.ts';

/** An event type as an item of the registry, with the audit entry of the change that writes it. */
export function eventTypeItem(eventType: EventType, entry: AuditEntry): Item {
  return {
    ...keyAttributes(eventTypeKey(eventType.name)),
    kind_pk: { S: registryPartition(ALL_EVENT_TYPES, eventType.name) },
    list_sk: { S: listPosition(eventType) },
    doc: { S: JSON.stringify(eventType) },
    ...auditAttributes(entry),
  };
}

/** Reads an item that this product wrote; undefined for a tombstone. */
function readEventTypeItem(item: Item): EventType | undefined {
  return isTombstone(item) ? undefined : readDocument(item, 'doc', storedEventType);
}

/** The event types, as ingest reads them. */
export function createEventTypeReader({ client, table, wait }: RegistryOptions): EventTypeReader {
  return {
    async read(names) {
      const keys = names.map((name) => ({ table, ...eventTypeKey(name) }));
      const found = new Map<string, EventType>();
      for (const { item } of await batchGet(client, keys, wait)) {
        const eventType = readEventTypeItem(item);
        if (eventType) found.set(eventType.name, eventType);
      }
      return found;
    },
  };
}

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

    list: (limit, after) =>
      listRegistry({ client, table, all: ALL_EVENT_TYPES, ofTenant: null, limit, after, read: readEventTypeItem }),
  };
}
