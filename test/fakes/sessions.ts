import type { Session } from '../../core/sessions/session.ts';
import type { SessionStore } from '../../core/sessions/store.ts';
import { MemoryAudit } from './audit.ts';
import { pageOf } from './pages.ts';

/** The registry's sessions in memory: compare and set is exact. */
export class MemorySessionStore implements SessionStore {
  readonly sessions = new Map<string, Session>();
  readonly ended = new Map<string, number>();
  readonly #audit: MemoryAudit;

  /** @param audit keeps the sessions' pending entries. */
  constructor(audit = new MemoryAudit()) {
    this.#audit = audit;
  }

  find: SessionStore['find'] = async (id) => {
    const session = this.sessions.get(id);
    return session && structuredClone({ session, ...this.#audit.of(id) });
  };

  endings: SessionStore['endings'] = async (tenants) =>
    new Map([...this.ended].filter(([tenant]) => tenants.includes(tenant)));

  put: SessionStore['put'] = async (session, expected, entry) => {
    if (this.#audit.of(session.id).changeId !== expected) return false;
    this.sessions.set(session.id, structuredClone(session));
    this.#audit.wrote(session.id, entry);
    return true;
  };

  remove: SessionStore['remove'] = async ({ id }, expected, entry) => {
    if (this.#audit.of(id).changeId !== expected) return false;
    this.sessions.delete(id);
    this.#audit.wrote(id, entry, { isGone: true });
    return true;
  };

  list: SessionStore['list'] = async (tenant, limit, after) =>
    pageOf(
      [...this.sessions.values()].filter((session) => tenant === null || session.tenant === tenant),
      limit,
      after,
    );

  ending: SessionStore['ending'] = async (tenant) =>
    structuredClone({ endedAt: this.ended.get(tenant), ...this.#audit.of(tenant) });

  putEnding: SessionStore['putEnding'] = async (tenant, endedAt, expected, entry) => {
    if (this.#audit.of(tenant).changeId !== expected) return false;
    this.ended.set(tenant, endedAt);
    this.#audit.wrote(tenant, entry);
    return true;
  };
}
