import { type ListQuery, readCursor, writeCursor } from '../listing/cursor.ts';
import { merged } from '../listing/merge.ts';
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
  /** The id of an actor: of a key, or an ARN. */
  actor?: string | undefined;
  /** An exact action, or the kind of object that it begins with, such as `endpoint`. */
  action?: string | undefined;
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
  const { tenant, seesAll, object, actor, action, range, limit, cursor } = input;
  const query: ListQuery = ['audit', tenant, String(seesAll), object, actor, action, range.from, range.to];
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
  const pendingPage = { items: carriedPage.items.map(({ entry }) => entry), next: carriedPage.next };
  const { found, next } = merged([pendingPage, trailPage].map(partOf), limit);
  return { items: found.map(({ item }) => item), next: writeCursor(query, next) };
}

const partOf = ({ items, next }: Page<AuditEntry>) => ({
  found: items.map((item) => ({ item, position: item.id })),
  next,
});

function isOf(entry: AuditEntry, { tenant, seesAll, object, actor, action }: AuditListInput): boolean {
  if (actor !== undefined && entry.actor.id !== actor) return false;
  if (action !== undefined && entry.action !== action && !entry.action.startsWith(`${action}.`)) return false;
  if (object !== undefined && entry.object !== object) return false;
  if (entry.tenant === null) return seesAll && (tenant === null || tenant === DEFAULT_TENANT);
  return tenant === null || entry.tenant === tenant;
}
