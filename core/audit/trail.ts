import { leastId } from '../ids.ts';
import type { Segment, TimeRange } from '../listing/page.ts';
import type { AuditEntry } from './audit.ts';

/** The audit trail, newest first. A position is an entry's id. */
export interface AuditReader {
  /** Entries about one object. Strongly consistent. */
  ofObject(object: string, range: TimeRange, after: string | null, limit: number): Promise<Segment<AuditEntry>>;
  /** Entries of one tenant, or of all (null). Entries without a tenant are listed with the default tenant's. */
  ofTenant(tenant: string | null, range: TimeRange, after: string | null, limit: number): Promise<Segment<AuditEntry>>;
}

/** A pending entry of a stored object. */
export interface PendingEntry {
  entry: AuditEntry;
  /**
   * Removes the entry from the object, if it is still its pending one; also removes the tombstone of a deleted object.
   */
  remove(): Promise<void>;
}

/** The stored objects of any kind with a pending entry, newest entry first. A position is an entry's id. */
export interface PendingEntries {
  /** Eventually consistent: a very recent change may be missing. */
  list(range: TimeRange, after: string | null, limit: number): Promise<Segment<PendingEntry>>;
}

/** Matches every id of an entry. */
export const ENTRY_ID = /^aud_[0-9a-hjkmnp-tv-z]{26}$/;

/** The ids that bound a range, both inclusive. */
export function boundsOf({ from, to }: TimeRange): { low: string; high: string } {
  return { low: from === null ? 'aud_' : leastId('aud', from), high: to === null ? 'aud_~' : leastId('aud', to) };
}
