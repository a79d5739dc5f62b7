import type { AuditEntry } from '../../core/audit/audit.ts';
import type { EventType } from '../../core/event-types/event-type.ts';
import { listPosition } from '../../core/event-types/store.ts';
import { auditAttributes } from './audited-item.ts';
import type { Item } from './client.ts';
import { eventTypeKey, keyAttributes } from './keys.ts';

/** The partition of the list of event types. */
export const EVENT_TYPES = 'EVENTTYPE';

/** An event type as an item of the registry, with the audit entry of the change that writes it. */
export function eventTypeItem(eventType: EventType, entry: AuditEntry): Item {
  return {
    ...keyAttributes(eventTypeKey(eventType.name)),
    kind_pk: { S: EVENT_TYPES },
    list_sk: { S: listPosition(eventType) },
    doc: { S: JSON.stringify(eventType) },
    ...auditAttributes(entry),
  };
}

/** Reads an item that this product wrote; undefined for a tombstone. */
export function readEventTypeItem(item: Item): EventType | undefined {
  const json = item.doc?.S;
  return json === undefined ? undefined : JSON.parse(json);
}
