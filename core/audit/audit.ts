import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import { isObject } from '../json.ts';
import type { Random } from '../random.ts';

export const ACTOR_KINDS = ['api_key', 'portal_session', 'iam', 'system'] as const;
/** Who did something: a key, somebody at a browser, a caller inside AWS, or the product itself. */
export const storedActor = z.object({ kind: z.enum(ACTOR_KINDS), id: z.string(), name: z.string() });
export type Actor = z.output<typeof storedActor>;

/** The actor of what the product itself does, such as disabling an endpoint that answered 410. */
export const SYSTEM: Actor = { kind: 'system', id: 'postrider', name: 'Postrider' };

/** The state of an object before or after a change, in the API's terms; secrets and header values are redacted. */
export type Snapshot = Record<string, unknown>;
const snapshot = z.custom<Snapshot>(isObject);

/** One entry of the audit trail, as stored. Never holds a secret. `at` in ms since the epoch. */
export const storedAuditEntry = z.object({
  id: z.string(),
  at: z.number(),
  actor: storedActor,
  /** What was done, such as `endpoint.updated`. */
  action: z.string(),
  /** The id of the affected object; for an event type, its name. */
  object: z.string(),
  /** Null if the object belongs to no tenant. */
  tenant: z.string().nullable(),
  /** For a change, the members that differ; null if nothing existed before. */
  before: snapshot.nullable(),
  /** Like `before`; null if nothing is left. */
  after: snapshot.nullable(),
});
export type AuditEntry = z.output<typeof storedAuditEntry>;

/** The audit trail: entries as items of their own. Appending is idempotent, since an entry's id is its key. */
export interface AuditTrail {
  /** @returns whether the entry is new. */
  append(entry: AuditEntry): Promise<boolean>;
}

/**
 * A stored object with the audit entry of its last change, until that is in the trail. The entry is part of the item,
 * so that neither a change nor its entry exists without the other. The scheduled task copies it to the trail; another
 * change before that copies it first (`flushPendingEntry`).
 */
export interface Audited {
  pendingEntry?: AuditEntry | undefined;
  /**
   * The id of the entry of its last change, pending or copied: a writer whose response was lost recognizes its write by
   * it.
   */
  changeId?: string | undefined;
}

/** Makes an entry with the current time. */
export function auditEntry(
  {
    before = null,
    after = null,
    ...what
  }: Pick<AuditEntry, 'actor' | 'action' | 'object' | 'tenant'> & Partial<Pick<AuditEntry, 'before' | 'after'>>,
  { clock, random }: { clock: Clock; random: Random },
): AuditEntry {
  const at = clock();
  return { id: newId('aud', at, random), at, ...what, before, after };
}

/** Copies an object's pending entry to the trail, before a write replaces it. */
export async function flushPendingEntry({ pendingEntry }: Audited, audit: AuditTrail): Promise<void> {
  if (pendingEntry !== undefined) await audit.append(pendingEntry);
}

/** The members in which two snapshots differ, from each of them. */
export function differences(before: Snapshot, after: Snapshot): { before: Snapshot; after: Snapshot } {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => canonical(before[name]) !== canonical(after[name]));
  const pick = (from: Snapshot) =>
    Object.fromEntries(changed.filter((name) => name in from).map((name) => [name, from[name]]));
  return { before: pick(before), after: pick(after) };
}

/** The same text for the same value, whatever the order of its members. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member) =>
    isObject(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
}
