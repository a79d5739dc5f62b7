import { type ListQuery, readCursor, writeCursor } from '../listing/cursor.ts';
import { collectPage, type Page, type TimeRange } from '../listing/page.ts';
import { DEFAULT_TENANT } from '../tenant.ts';
import type { AuditEntry } from './audit.ts';
import { type AuditCarriers, type AuditReader, ENTRY_ID } from './trail.ts';

export interface AuditListInput {
  /** Null lists across tenants. */
  tenant: string | null;
  /** Whether who asks may see what belongs to no tenant: it stands with the default tenant's, and in the list of all. */
  seesAll: boolean;
  object: string | undefined;
  range: TimeRange;
  limit: number;
  cursor: string | undefined;
}

export interface AuditListPorts {
  audit: AuditReader;
  carriers: AuditCarriers;
}

/**
 * Lists audit entries, newest first: those that things still carry, and the trail. The first are read first, so that an
 * entry that moves meanwhile is found in one of the two.
 * @throws Problem `invalid` when the cursor is not of this query.
 */
export async function listAudit(input: AuditListInput, { audit, carriers }: AuditListPorts): Promise<Page<AuditEntry>> {
  const { tenant, seesAll, object, range, limit, cursor } = input;
  const query: ListQuery = ['audit', tenant, String(seesAll), object, range.from, range.to];
  const after = readCursor(query, cursor, ENTRY_ID);
  const keep = (entry: AuditEntry) => isOf(entry, input);
  const carried = await collectPage(
    (at, count) => carriers.carried(range, at, count),
    ({ entry }) => keep(entry),
    { limit, after },
  );
  const settled = await collectPage(
    (at, count) =>
      object === undefined ? audit.ofTenant(tenant, range, at, count) : audit.ofObject(object, range, at, count),
    keep,
    { limit, after },
  );
  const pending = { items: carried.items.map(({ entry }) => entry), next: carried.next };
  const { items, next } = merged([pending, settled], limit);
  return { items, next: writeCursor(query, next) };
}

function isOf(entry: AuditEntry, { tenant, seesAll, object }: AuditListInput): boolean {
  if (object !== undefined && entry.object !== object) return false;
  if (entry.tenant === null) return seesAll && (tenant === null || tenant === DEFAULT_TENANT);
  return tenant === null || entry.tenant === tenant;
}

/** The pages as one, which ends where the first of them does: beyond that it would have gaps. */
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
