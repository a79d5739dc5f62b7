import { TtlCache } from '../cache.ts';
import type { Clock } from '../clock.ts';
import { MINUTE_MS } from '../durations.ts';
import { Problem } from '../problem.ts';
import { type ApiKey, keyHash, type Role } from './key.ts';

/** The storage that authentication needs. */
export interface KeyReader {
  findByHash(hash: string): Promise<ApiKey | undefined>;
  /** Records that the key was used on this day. Best effort: never rejects. */
  noteUse(hash: string, day: string): Promise<void>;
}

/** How long a key, valid or unknown, is cached: a revocation takes effect within this time. */
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

export type Authenticate = (authorization: string | undefined, needed: Needed) => Promise<ApiKey>;

/**
 * Checks API keys, with a cache for the life of an execution environment.
 * @returns a function from the Authorization header to the key.
 * @throws Problem `unauthenticated` without a valid key, `forbidden` if its role is not sufficient.
 */
export function createAuthenticator(keys: KeyReader, clock: Clock): Authenticate {
  const cache = new TtlCache<ApiKey | null>({ lifeMs: CACHE_MS, entriesMax: CACHE_ENTRIES_MAX });

  async function lookUp(hash: string): Promise<ApiKey | null> {
    const cached = cache.get(hash, clock());
    if (cached !== undefined) return cached;
    const key = (await keys.findByHash(hash)) ?? null;
    cache.set(hash, key, clock());
    return key;
  }

  async function noteFirstUseOfDay(key: ApiKey, hash: string): Promise<void> {
    const day = new Date(clock()).toISOString().slice(0, 10);
    if (key.lastUsedOn === day) return;
    key.lastUsedOn = day;
    await keys.noteUse(hash, day);
  }

  return async (authorization, needed) => {
    const secret = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (secret === undefined) {
      throw new Problem('unauthenticated', 'Send an API key: "Authorization: Bearer <key>".');
    }
    const hash = keyHash(secret);
    const key = await lookUp(hash);
    if (key === null) throw new Problem('unauthenticated', 'This API key is unknown or revoked: use another.');
    if (key.expiresAt !== null && key.expiresAt <= clock()) {
      throw new Problem('unauthenticated', 'This API key has expired: ask an admin for another.');
    }
    await noteFirstUseOfDay(key, hash);
    if (needed !== 'any' && !ALLOWED[key.role].includes(needed)) {
      throw new Problem('forbidden', `This requires the role ${needed}; this API key has the role ${key.role}.`);
    }
    return key;
  };
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
    throw new Problem('forbidden', 'This API key is bound to another tenant: omit the tenant or use its own.');
  }
  return named ?? tenant ?? fallback;
}
