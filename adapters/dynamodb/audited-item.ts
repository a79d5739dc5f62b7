import type { AuditEntry } from '../../core/audit/audit.ts';
import type { Item } from './client.ts';

/** The partition of the registry's `by_audit` index: items that carry an entry which is not in the trail yet. */
export const UNSETTLED = 'UNSETTLED';

/** The attributes by which an item carries the audit entry of the change that wrote it. */
export function auditAttributes(entry: AuditEntry): Item {
  return { audit_pk: { S: UNSETTLED }, audit_sk: { S: entry.id }, audit: { S: JSON.stringify(entry) } };
}

/** The entry that an item carries; undefined once the minute tick has copied it. */
export function carriedEntry(item: Item): AuditEntry | undefined {
  const json = item.audit?.S;
  return json === undefined ? undefined : JSON.parse(json);
}
