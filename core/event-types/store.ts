import type { AuditEntry, Audited } from '../audit/audit.ts';
import type { Page } from '../listing/page.ts';
import type { EventType } from './event-type.ts';

/** What the registry holds under a name. Its `changeId` is what a next write expects. */
export interface StoredEventType extends Audited {
  /** Undefined where there is none, or none any more. */
  eventType: EventType | undefined;
}

/** The catalogue in the registry. Every write carries its audit entry. Reads are strongly consistent, but for lists. */
export interface EventTypeStore {
  find(name: string): Promise<StoredEventType>;
  /** Writes if the last change is `expected` (undefined: if there was none). @returns whether it was written. */
  put(eventType: EventType, expected: string | undefined, entry: AuditEntry): Promise<boolean>;
  /** Removes if the last change is `expected`; a tombstone stays until the entry is in the audit trail. */
  remove(name: string, expected: string, entry: AuditEntry): Promise<boolean>;
  /** Newest first. A page may be short where its types are large. */
  list(limit: number, after: string | null): Promise<Page<EventType>>;
}

/** The catalogue as ingest reads it: strongly consistent, in one call for up to 100 names; unknown names are left out. */
export interface EventTypeReader {
  read(names: string[]): Promise<Map<string, EventType>>;
}

/** The place of an event type in the list. */
export function listPosition({ createdAt, name }: Pick<EventType, 'createdAt' | 'name'>): string {
  return `${new Date(createdAt).toISOString()}#${name}`;
}

/** What every position matches. */
export const POSITION = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[A-Za-z0-9_.-]{1,128}$/;
