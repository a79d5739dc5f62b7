import type { AuditEntry, Audited, AuditTrail } from '../../core/audit/audit.ts';
import { type AuditReader, boundsOf, type PendingEntries, type PendingEntry } from '../../core/audit/trail.ts';
import type { Segment, TimeRange } from '../../core/listing/page.ts';
import { DEFAULT_TENANT } from '../../core/tenant.ts';

interface Carrier {
  pendingEntry: AuditEntry | undefined;
  changeId: string;
  isGone: boolean;
}

/** The audit trail in memory, and the pending entries of objects. Stores that share a table share one of these. */
export class MemoryAudit implements AuditTrail, AuditReader, PendingEntries {
  readonly entries = new Map<string, AuditEntry>();
  readonly #keeps: (entry: AuditEntry) => boolean;
  readonly #carriers = new Map<string, Carrier>();

  /** @param keeps whether an entry's retention has not ended; without it, none does. */
  constructor(keeps: (entry: AuditEntry) => boolean = () => true) {
    this.#keeps = keeps;
  }

  append: AuditTrail['append'] = async (entry) => {
    if (this.entries.has(entry.id)) return false;
    this.entries.set(entry.id, structuredClone(entry));
    return true;
  };

  /** Records that an object was written, with the entry of its change or without one. */
  wrote(object: string, entry: AuditEntry | null, { isGone = false } = {}): void {
    if (entry === null) this.#carriers.delete(object);
    else this.#carriers.set(object, { pendingEntry: structuredClone(entry), changeId: entry.id, isGone });
  }

  /** An object's pending entry, as its store returns it. */
  of(object: string): Audited {
    const { pendingEntry, changeId } = this.#carriers.get(object) ?? {};
    return structuredClone({ pendingEntry, changeId });
  }

  /** Whether a tombstone still blocks an object with the same key. */
  hasTombstone(object: string): boolean {
    return this.#carriers.get(object)?.isGone === true;
  }

  /** The pending entries. */
  get pendingEntries(): AuditEntry[] {
    return [...this.#carriers.values()].flatMap(({ pendingEntry }) =>
      pendingEntry === undefined ? [] : [pendingEntry],
    );
  }

  list: PendingEntries['list'] = async (range, after, limit) => {
    const carried = this.pendingEntries.map(
      (entry): PendingEntry => ({ entry, remove: async () => this.#release(entry) }),
    );
    return segmentOf(carried, ({ entry }) => entry.id, { range, after, limit });
  };

  #release({ object, id }: AuditEntry): void {
    const carrier = this.#carriers.get(object);
    if (carrier?.changeId !== id) return;
    if (carrier.isGone) this.#carriers.delete(object);
    else carrier.pendingEntry = undefined;
  }

  ofObject: AuditReader['ofObject'] = async (object, range, after, limit) =>
    this.#segment((entry) => entry.object === object, { range, after, limit });

  ofTenant: AuditReader['ofTenant'] = async (tenant, range, after, limit) =>
    this.#segment((entry) => tenant === null || (entry.tenant ?? DEFAULT_TENANT) === tenant, { range, after, limit });

  #segment(holds: (entry: AuditEntry) => boolean, part: Part): Segment<AuditEntry> {
    const all = [...this.entries.values()].filter(holds);
    const { found, ...segment } = segmentOf(structuredClone(all), ({ id }) => id, part);
    return { ...segment, found: found.filter(({ item }) => this.#keeps(item)) };
  }
}

interface Part {
  range: TimeRange;
  after: string | null;
  limit: number;
}

function segmentOf<Found>(all: Found[], idOf: (found: Found) => string, { range, after, limit }: Part): Segment<Found> {
  const { low, high } = boundsOf(range);
  const rest = all
    .map((item) => ({ item, position: idOf(item) }))
    .filter(({ position }) => position >= low && position <= high && (after === null || position < after))
    .sort((one, other) => (one.position < other.position ? 1 : -1));
  const found = rest.slice(0, limit);
  return { found, examined: found.length, next: rest.length > limit ? (found.at(-1)?.position ?? null) : null };
}
