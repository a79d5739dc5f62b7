import {
  type Actor,
  type AuditEntry,
  type AuditTrail,
  auditEntry,
  flushPendingEntry,
  type Snapshot,
  SYSTEM,
} from '../audit/audit.ts';
import { isoTime } from '../clock.ts';
import { compareAndSet, USER_TRIES } from '../compare-and-set.ts';
import { credentialHash } from '../credential-hash.ts';
import { Problem } from '../problem.ts';
import type { Random } from '../random.ts';
import { type LivingPorts, livingAmong } from './living.ts';
import { mintSession, type NewSession, type Session, sessionActor, sessionIdIn, tokenOf } from './session.ts';
import type { SessionStore, StoredSession } from './store.ts';

export interface SessionPorts extends LivingPorts {
  sessions: SessionStore;
  audit: AuditTrail;
  random: Random;
}

/** Creates a session. @returns it with the code that begins it, which is shown only once. */
export async function createSession(
  wanted: NewSession,
  actor: Actor,
  ports: SessionPorts,
): Promise<{ session: Session; code: string }> {
  const made = mintSession(wanted, ports.clock(), ports.random);
  const { session } = made;
  const entry = entryOf(session, { actor, action: 'session.created', after: snapshotOf(session) }, ports);
  if (await ports.sessions.put(session, undefined, entry)) return made;
  // Its id is new: an earlier try of the same put succeeded, and its response was lost.
  if ((await ports.sessions.find(session.id))?.changeId === entry.id) return made;
  throw busy();
}

/**
 * Begins a session with its code, once. A second use ends the session: one of the two who used the code should not have
 * had it. The same nonce makes it the same use, as long as the code lasts: of a page whose answer was lost.
 * @throws Problem `gone`.
 */
export async function redeemCode(
  { code, nonce }: { code: string; nonce: string | undefined },
  ports: SessionPorts,
): Promise<{ session: Session; token: string }> {
  const id = sessionIdIn('psc', code);
  const read = () => (id === undefined ? Promise.resolve(undefined) : ports.sessions.find(id));
  const token = tokenOf(code, nonce ?? Buffer.from(ports.random.bytes(32)).toString('base64url'));
  const tokenHash = credentialHash(token);
  const outcome = await compareAndSet<StoredSession | undefined, { session: Session; isUsed: boolean }>({
    known: await read(),
    read,
    async change(stored) {
      if (stored === undefined || stored.session.codeHash !== credentialHash(code)) throw unusable();
      const { session } = stored;
      const now = ports.clock();
      if ((await livingAmong([session], ports)).length === 0) throw unusable();
      const isUsed = session.tokenHash !== null;
      if (isUsed && session.tokenHash === tokenHash && session.codeExpiresAt > now) {
        return { result: { session, isUsed: false } };
      }
      if (!isUsed && session.codeExpiresAt <= now) throw unusable();
      const after = isUsed ? undefined : { ...session, tokenHash, redeemedAt: now };
      const entry = isUsed
        ? entryOf(session, { actor: SYSTEM, action: 'session.code_reused', before: snapshotOf(session) }, ports)
        : entryOf(session, { actor: sessionActor(session), action: 'session.redeemed' }, ports);
      return {
        result: { session: after ?? session, isUsed },
        write: () => write(stored, after, entry, ports),
      };
    },
    tries: USER_TRIES,
    exhausted: busy,
  });
  if (outcome.isUsed) throw used();
  return { session: outcome.session, token };
}

/** Ends a session that was read before. It may be gone already. */
export async function endSession(found: StoredSession, actor: Actor, ports: SessionPorts): Promise<void> {
  const read = () => ports.sessions.find(found.session.id);
  await compareAndSet<StoredSession | undefined, void>({
    known: found,
    read,
    change(stored) {
      if (stored === undefined) return { result: undefined };
      const { session } = stored;
      const entry = entryOf(session, { actor, action: 'session.ended', before: snapshotOf(session) }, ports);
      return { result: undefined, write: () => write(stored, undefined, entry, ports) };
    },
    tries: USER_TRIES,
    exhausted: busy,
  });
}

/** Ends all sessions of a tenant that were made until now: by one write, however many they are. */
export async function endSessionsOf(tenant: string, actor: Actor, ports: SessionPorts): Promise<void> {
  const read = () => ports.sessions.ending(tenant);
  await compareAndSet<Awaited<ReturnType<typeof read>>, true>({
    known: await read(),
    read,
    change(stored) {
      const now = ports.clock();
      const what = { actor, action: 'sessions.ended', object: tenant, tenant };
      const entry = auditEntry({ ...what, after: { ended_until: isoTime(now) } }, ports);
      return {
        result: true,
        async write() {
          await flushPendingEntry(stored, ports.audit);
          return ports.sessions.putEnding(tenant, now, stored.changeId, entry);
        },
        ours: ({ changeId }) => (changeId === entry.id ? true : undefined),
      };
    },
    tries: USER_TRIES,
    exhausted: busy,
  });
}

/** Replaces a session, or removes it. */
async function write(
  stored: StoredSession,
  after: Session | undefined,
  entry: AuditEntry,
  { sessions, audit }: Pick<SessionPorts, 'sessions' | 'audit'>,
): Promise<boolean> {
  const { session, changeId } = stored;
  if (changeId === undefined) throw new Error(`The session ${session.id} has no entry of its last change.`);
  await flushPendingEntry(stored, audit);
  return after === undefined ? sessions.remove(session, changeId, entry) : sessions.put(after, changeId, entry);
}

function entryOf(
  { id: object, tenant }: Session,
  what: Pick<AuditEntry, 'actor' | 'action'> & Partial<AuditEntry>,
  ports: SessionPorts,
): AuditEntry {
  return auditEntry({ ...what, object, tenant }, ports);
}

/** A session as the audit trail shows it. */
function snapshotOf({ role, tenant, subject, capabilities, expiresAt }: Session): Snapshot {
  return { role, tenant, subject, capabilities, expires_at: isoTime(expiresAt) };
}

/** One text for whatever is wrong with a code, so that nobody learns about it by trying. */
function unusable(): Problem {
  return new Problem('gone', 'This link does not work any more: ask for a new one where you found it.');
}

function used(): Problem {
  return new Problem(
    'gone',
    'This link was used before, so the session that it began has been ended: ask for a new link where you found it.',
  );
}

function busy(): Problem {
  return new Problem('conflict', 'The session is being changed concurrently: try again.');
}
