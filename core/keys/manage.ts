import {
  type Actor,
  type AuditEntry,
  type Audited,
  type AuditTrail,
  auditEntry,
  flushPendingEntry,
  type Snapshot,
} from '../audit/audit.ts';
import { type Clock, isoTime } from '../clock.ts';
import { Problem } from '../problem.ts';
import type { Random } from '../random.ts';
import { type ApiKey, keyHash, mintKey, type NewKey } from './key.ts';
import type { KeyStore } from './store.ts';

export interface KeyPorts {
  keys: Pick<KeyStore, 'put' | 'find' | 'remove'>;
  clock: Clock;
  random: Random;
}

/** Creates a key. @returns it with its secret, which is shown only once. */
export async function createKey(
  wanted: NewKey,
  actor: Actor,
  ports: KeyPorts,
): Promise<{ key: ApiKey; secret: string }> {
  const { key, secret } = mintKey(wanted, ports.clock(), ports.random);
  await storeKey({ key, secret }, actor, ports);
  return { key, secret };
}

/** Stores a key with the audit entry of its creation. */
export async function storeKey(
  { key, secret }: { key: ApiKey; secret: string },
  actor: Actor,
  ports: KeyPorts,
): Promise<void> {
  const entry = entryOf(key, { actor, action: 'key.created', after: snapshotOf(key) }, ports);
  if (await ports.keys.put(key, keyHash(secret), entry)) return;
  // An earlier try of the same put succeeded, and its response was lost.
  if ((await ports.keys.find(key.id)) !== undefined) return;
  throw new Problem('conflict', 'A key with this text was just revoked: use another text, or wait two minutes.');
}

/** Revokes a key that was read before. */
export async function revokeKey(
  found: { key: ApiKey } & Audited,
  actor: Actor,
  ports: KeyPorts & { audit: AuditTrail },
): Promise<void> {
  const { key } = found;
  await flushPendingEntry(found, ports.audit);
  // If it is already gone, an earlier try or another request removed it. It is revoked either way.
  await ports.keys.remove(key.id, entryOf(key, { actor, action: 'key.revoked', before: snapshotOf(key) }, ports));
}

function entryOf(
  { id: object, tenant }: ApiKey,
  what: Pick<AuditEntry, 'actor' | 'action'> & Partial<AuditEntry>,
  ports: KeyPorts,
): AuditEntry {
  return auditEntry({ ...what, object, tenant }, ports);
}

function snapshotOf({ name, role, tenant, prefix, expiresAt }: ApiKey): Snapshot {
  return { name, role, tenant, prefix, expires_at: expiresAt === null ? null : isoTime(expiresAt) };
}
