import type { Clock } from '../clock.ts';
import { inParallel } from '../parallel.ts';
import type { Parent, Session } from './session.ts';
import type { SessionReader, StoredSession } from './store.ts';

export interface LivingPorts {
  sessions: SessionReader;
  keys: { findByHash(hash: string): Promise<{ expiresAt: number | null } | undefined> };
  clock: Clock;
}

const AT_ONCE = 10;

/** A session, unless it has ended. */
export async function livingSession(id: string, ports: LivingPorts): Promise<StoredSession | undefined> {
  const found = await ports.sessions.find(id);
  const living = found && (await livingAmong([found.session], ports));
  return living?.length === 1 ? found : undefined;
}

/**
 * Those sessions that have not ended: by their time, with all of their tenant's, or with the key or session that made
 * them. Storage is asked, not a cache of keys, so that a session never outlives its key by the time of two caches.
 */
export async function livingAmong(sessions: readonly Session[], ports: LivingPorts): Promise<Session[]> {
  const unexpired = sessions.filter(({ expiresAt }) => expiresAt > ports.clock());
  const tenants = [...new Set(unexpired.flatMap(({ tenant }) => tenant ?? []))];
  const parents = new Map(unexpired.flatMap(({ parent }) => (parent === null ? [] : [[nameOf(parent), parent]])));
  const living = new Set<string>();
  const [endings] = await Promise.all([
    tenants.length === 0 ? new Map<string, number>() : ports.sessions.endings(tenants),
    inParallel([...parents.values()], AT_ONCE, async (parent) => {
      if (await isAlive(parent, ports)) living.add(nameOf(parent));
    }),
  ]);
  return unexpired.filter(
    ({ tenant, parent, createdAt }) =>
      createdAt > (endings.get(tenant ?? '') ?? Number.NEGATIVE_INFINITY) &&
      (parent === null || living.has(nameOf(parent))),
  );
}

const nameOf = ({ kind, id }: Parent) => `${kind} ${id}`;

async function isAlive({ kind, id }: Parent, ports: LivingPorts): Promise<boolean> {
  if (kind === 'session') return (await livingSession(id, ports)) !== undefined;
  const key = await ports.keys.findByHash(id);
  return key !== undefined && (key.expiresAt === null || key.expiresAt > ports.clock());
}
