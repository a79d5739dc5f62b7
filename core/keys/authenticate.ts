import { TtlCache } from '../cache.ts';
import type { Clock } from '../clock.ts';
import { MINUTE_MS } from '../durations.ts';
import { Problem } from '../problem.ts';
import type { NeededCapability } from '../sessions/capabilities.ts';
import { livingSession } from '../sessions/living.ts';
import { type Session, sessionIdIn } from '../sessions/session.ts';
import type { SessionReader } from '../sessions/store.ts';
import { type ApiKey, isSession, keyHash, type Role } from './key.ts';

/** The storage that authentication needs. */
export interface KeyReader {
  findByHash(hash: string): Promise<ApiKey | undefined>;
  /** Records that the key was used on this day. Best effort: never rejects. */
  noteUse(hash: string, day: string): Promise<void>;
}

/** How long a key or session, valid or unknown, is cached: a revocation takes effect within this time. */
const CACHE_MS = MINUTE_MS;
/** A flood of unknown keys must not fill the memory. */
const CACHE_ENTRIES_MAX = 10_000;

/** What each role may do. Deny by default: a producer key is deployed in many places, and can read nothing. */
const ALLOWED: Record<Role, readonly Role[]> = {
  viewer: ['viewer'],
  producer: ['producer'],
  admin: ['admin', 'producer', 'viewer'],
};

/** The role that something requires; `any` is whatever valid key. */
export type Needed = Role | 'any';

/** Who makes a request: the holder of an API key, with the key's hash, or somebody with a session. */
export type Caller = (ApiKey & { hash: string }) | Session;

/**
 * @param capability what a portal session needs instead of a role. Without one, every portal session is refused.
 */
export type Authenticate = (
  authorization: string | undefined,
  needed: Needed,
  capability?: NeededCapability,
) => Promise<Caller>;

/**
 * Checks API keys and the tokens of sessions, with a cache for the life of an execution environment.
 * @returns a function from the Authorization header to the caller.
 * @throws Problem `unauthenticated` without a valid key or token, `forbidden` if it may not do this.
 */
export function createAuthenticator({
  keys,
  sessions,
  clock,
}: {
  keys: KeyReader;
  sessions: SessionReader;
  clock: Clock;
}): Authenticate {
  const cache = new TtlCache<Caller | null>({ lifeMs: CACHE_MS, entriesMax: CACHE_ENTRIES_MAX });

  async function lookUp(secret: string): Promise<Caller | null> {
    const hash = keyHash(secret);
    const beganAt = clock();
    const cached = cache.get(hash, beganAt);
    if (cached !== undefined) return cached;
    const sessionId = sessionIdIn('pst', secret);
    const caller = sessionId === undefined ? await keyOf(hash) : await sessionOf(sessionId, hash);
    cache.set(hash, caller, beganAt);
    return caller;
  }

  async function keyOf(hash: string): Promise<Caller | null> {
    const key = await keys.findByHash(hash);
    return key === undefined ? null : { ...key, hash };
  }

  async function sessionOf(id: string, tokenHash: string): Promise<Session | null> {
    const { session } = (await livingSession(id, { sessions, keys, clock })) ?? {};
    return session?.tokenHash === tokenHash ? session : null;
  }

  async function noteFirstUseOfDay(caller: Caller): Promise<void> {
    if (isSession(caller)) return;
    const day = new Date(clock()).toISOString().slice(0, 10);
    if (caller.lastUsedOn === day) return;
    caller.lastUsedOn = day;
    await keys.noteUse(caller.hash, day);
  }

  return async (authorization, needed, capability) => {
    const secret = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (secret === undefined) {
      throw new Problem(
        'unauthenticated',
        'Send an API key, or the token of a session: "Authorization: Bearer <key>".',
      );
    }
    const caller = await lookUp(secret);
    if (caller === null) throw unknown(secret);
    if (caller.expiresAt !== null && caller.expiresAt <= clock()) throw expired(caller);
    await noteFirstUseOfDay(caller);
    refuseUnable(caller, needed, capability);
    return caller;
  };
}

function unknown(secret: string): Problem {
  const detail = secret.startsWith('pst_')
    ? 'This session is unknown or has ended: ask for a new link.'
    : 'This API key is unknown or revoked: use another.';
  return new Problem('unauthenticated', detail);
}

function expired(caller: Caller): Problem {
  const detail = isSession(caller)
    ? 'This session has ended: ask for a new link.'
    : 'This API key has expired: ask an admin for another.';
  return new Problem('unauthenticated', detail);
}

function refuseUnable(caller: Caller, needed: Needed, capability: NeededCapability | undefined): void {
  const { role } = caller;
  if (isSession(caller) && caller.role === 'portal') {
    if (capability === undefined) throw new Problem('forbidden', 'A session of the portal may not do this.');
    if (capability === 'any' || caller.capabilities.includes(capability)) return;
    throw new Problem('forbidden', `This session may not do this: it lacks the capability ${capability}.`);
  }
  if (needed === 'any' || (role !== 'portal' && ALLOWED[role].includes(needed))) return;
  const whose = isSession(caller) ? 'session' : 'API key';
  throw new Problem('forbidden', `This requires the role ${needed}; this ${whose} has the role ${role}.`);
}

/** The tenant that a caller is bound to, if any: a key may be bound, a caller inside AWS is not. */
export interface TenantBinding {
  tenant: string | null;
  /** Set for callers inside AWS. The heartbeat is one of them, so they may use its tenant. */
  isRole?: true;
}

/**
 * The tenant that a request concerns: the one it names, else the key's own, else `default`.
 * @throws Problem `forbidden` when the key is bound to another tenant.
 */
export function tenantFor({ tenant }: TenantBinding, named: string | undefined, fallback: string): string {
  if (tenant !== null && named !== undefined && named !== tenant) {
    throw new Problem(
      'forbidden',
      'This API key or session is bound to another tenant: omit the tenant or use its own.',
    );
  }
  return named ?? tenant ?? fallback;
}
