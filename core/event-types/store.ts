import type { AuditEntry, Audited } from '../audit/audit.ts';
import type { Page } from '../listing/page.ts';
import type { EventType } from './event-type.ts';

/** The registry's item for a name. The next write expects its `changeId`. */
export interface StoredEventType extends Audited {
  /** Undefined if there is none, or if it was deleted. */
  eventType: EventType | undefined;
}

/**
 * The event types in the registry. Every write carries its audit entry. Reads are strongly consistent, except lists.
 */
export interface EventTypeStore {
  find(name: string): Promise<StoredEventType>;
  /** Writes if the last change is `expected` (undefined: if there is none). @returns whether it was written. */
  put(eventType: EventType, expected: string | undefined, entry: AuditEntry): Promise<boolean>;
  /** Removes if the last change is `expected`; a tombstone stays until the entry is in the audit trail. */
  remove(name: string, expected: string, entry: AuditEntry): Promise<boolean>;
  /** Newest first. A page of large types may be short. */
  list(limit: number, after: string | null): Promise<Page<EventType>>;
}

/**
 * The event types as ingest reads them: strongly consistent, in one call for up to 100 names; unknown names are
 * omitted.
 */
export interface EventTypeReader {
  read(names: string[]): Promise<Map<string, EventType>>;
}

/** The position of an event type in the list. */
export function listPosition({ createdAt, name }: Pick<EventType, 'createdAt' | 'name'>): string {
  return `${new Date(createdAt).toISOString()}#${name}`;
}

/** Matches every position. */
export const EVENT_TYPE_POSITION = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[A-Za-z0-9_.-]{1,128}$/;
