import { type ListQuery, readCursor, writeCursor } from '../listing/cursor.ts';
import { collectPage, type Page, type TimeRange } from '../listing/page.ts';
import { DEFAULT_TENANT } from '../tenant.ts';
import type { AuditEntry } from './audit.ts';
import { type AuditReader, ENTRY_ID, type PendingEntries } from './trail.ts';

export interface AuditListInput {
  /** Null lists across tenants. */
  tenant: string | null;
  /** Whether to show entries without a tenant: they are listed with the default tenant's, and in the list of all. */
  seesAll: boolean;
  object: string | undefined;
  range: TimeRange;
  limit: number;
  cursor: string | undefined;
}

export interface AuditListPorts {
  audit: AuditReader;
  pendingEntries: PendingEntries;
}

/**
 * Lists audit entries, newest first: pending ones and the trail. Pending entries are read first, so that an entry that
 * is copied meanwhile is found in one of the two.
 * @throws Problem `invalid` when the cursor belongs to another query.
 */
export async function listAudit(
  input: AuditListInput,
  { audit, pendingEntries }: AuditListPorts,
): Promise<Page<AuditEntry>> {
  const { tenant, seesAll, object, range, limit, cursor } = input;
  const query: ListQuery = ['audit', tenant, String(seesAll), object, range.from, range.to];
  const after = readCursor(query, cursor, ENTRY_ID);
  const keep = (entry: AuditEntry) => isOf(entry, input);
  const carriedPage = await collectPage(
    (at, count) => pendingEntries.list(range, at, count),
    ({ entry }) => keep(entry),
    { limit, after },
  );
  const trailPage = await collectPage(
    (at, count) =>
      object === undefined ? audit.ofTenant(tenant, range, at, count) : audit.ofObject(object, range, at, count),
    keep,
    { limit, after },
  );
  const pending = { items: carriedPage.items.map(({ entry }) => entry), next: carriedPage.next };
  const { items, next } = merged([pending, trailPage], limit);
  return { items, next: writeCursor(query, next) };
}

function isOf(entry: AuditEntry, { tenant, seesAll, object }: AuditListInput): boolean {
  if (object !== undefined && entry.object !== object) return false;
  if (entry.tenant === null) return seesAll && (tenant === null || tenant === DEFAULT_TENANT);
  return tenant === null || entry.tenant === tenant;
}

/** Merges pages into one, which ends where the first of them ends: beyond that it would have gaps. */
function merged(pages: Page<AuditEntry>[], limit: number): Page<AuditEntry> {
  const end =
    pages
      .map(({ next }) => next ?? '')
      .sort()
      .at(-1) ?? '';
  const byId = new Map(pages.flatMap(({ items }) => items.map((entry) => [entry.id, entry] as const)));
  const all = [...byId.values()].filter(({ id }) => id >= end).sort((one, other) => (one.id < other.id ? 1 : -1));
  if (all.length > limit) {
    const items = all.slice(0, limit);
    return { items, next: items.at(-1)?.id ?? null };
  }
  return { items: all, next: end === '' ? null : end };
}
