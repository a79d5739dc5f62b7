import { leastId } from '../ids.ts';
import type { Segment, TimeRange } from '../listing/page.ts';
import type { AuditEntry } from './audit.ts';

/** The audit trail, newest first. A position is an entry's id. */
export interface AuditReader {
  /** Entries about one object. Strongly consistent. */
  ofObject(object: string, range: TimeRange, after: string | null, limit: number): Promise<Segment<AuditEntry>>;
  /** Entries of one tenant, with what belongs to none in the default tenant's; of all (null). */
  ofTenant(tenant: string | null, range: TimeRange, after: string | null, limit: number): Promise<Segment<AuditEntry>>;
}

/** An entry that a stored thing carries. */
export interface CarriedEntry {
  entry: AuditEntry;
  /** Takes the entry from the thing, if it still carries this one; what is left of a deleted thing goes with it. */
  release(): Promise<void>;
}

/** The stored things that carry an entry, of whatever kind, newest first by entry. A position is an entry's id. */
export interface AuditCarriers {
  /** A change of a moment ago may be missing. */
  carried(range: TimeRange, after: string | null, limit: number): Promise<Segment<CarriedEntry>>;
}

/** What every id of an entry matches. */
export const ENTRY_ID = /^aud_[0-9a-hjkmnp-tv-z]{26}$/;

/** The ids between which a segment of a list lies, both included: `after` itself is to be left out. */
export function boundsOf({ from, to }: TimeRange, after: string | null): { low: string; high: string } {
  const high = to === null ? 'aud_~' : leastId('aud', to);
  return { low: from === null ? 'aud_' : leastId('aud', from), high: after !== null && after < high ? after : high };
}
