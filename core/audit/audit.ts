import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import { isObject } from '../json.ts';
import type { Random } from '../random.ts';

/** Who did something: a key, a caller inside AWS, or the product itself. */
export interface Actor {
  kind: 'api_key' | 'iam' | 'system';
  id: string;
  name: string;
}

/** What is done by the product itself, such as disabling an endpoint that answered 410. */
export const SYSTEM: Actor = { kind: 'system', id: 'postrider', name: 'Postrider' };

/** What a thing was or became, in the words of the API; secrets and header values are redacted. */
export type Snapshot = Record<string, unknown>;

/** One entry of the audit trail. Never holds a secret. `at` in ms since the epoch. */
export interface AuditEntry {
  id: string;
  at: number;
  actor: Actor;
  /** What was done, such as `endpoint.updated`. */
  action: string;
  /** The id (of an event type: the name) of what it was done to. */
  object: string;
  /** Null for what belongs to no tenant. */
  tenant: string | null;
  /** Of a change, the members that differ; null where there was nothing before. */
  before: Snapshot | null;
  /** As `before`; null where nothing is left. */
  after: Snapshot | null;
}

/** The audit trail: entries that stand alone. Appending one twice leaves one, since its id is its name. */
export interface AuditTrail {
  /** @returns whether it was not there before. */
  append(entry: AuditEntry): Promise<boolean>;
}

/**
 * A stored thing with the audit entry of its last change, while that is not in the trail yet. The entry is part of the
 * item, so that neither a change nor its entry exists alone. The minute tick copies it to the trail; who changes the
 * thing again before that copies it first (`flushPendingEntry`).
 */
export interface Audited {
  pendingEntry?: AuditEntry | undefined;
  /** The id of the entry of its last change, wherever that stands: a writer whose answer was lost knows its write by it. */
  changeId?: string | undefined;
}

/** Makes an entry of what happens now. */
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

/** Copies the entry that a thing carries to the trail, before a write replaces it. */
export async function flushPendingEntry({ pendingEntry }: Audited, audit: AuditTrail): Promise<void> {
  if (pendingEntry !== undefined) await audit.append(pendingEntry);
}

/** The members in which two snapshots differ, on either side. */
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
