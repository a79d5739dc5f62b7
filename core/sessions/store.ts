import type { AuditEntry, Audited } from '../audit/audit.ts';
import type { Page } from '../listing/page.ts';
import type { Session } from './session.ts';

/** A stored session with the entry of its last change. */
export type StoredSession = { session: Session } & Audited;

/** What authentication reads of sessions. Strongly consistent. */
export interface SessionReader {
  /** Whatever its times say. */
  find(id: string): Promise<StoredSession | undefined>;
  /** When all sessions of a tenant were last ended, for each tenant where they were. */
  endings(tenants: string[]): Promise<Map<string, number>>;
}

/** The registry's sessions. */
export interface SessionStore extends SessionReader {
  /**
   * Writes a session with the audit entry of the change.
   * @param expected the `changeId` that was read; undefined for a new session.
   * @returns false if another writer was first: nothing was written.
   */
  put(session: Session, expected: string | undefined, entry: AuditEntry): Promise<boolean>;
  /**
   * Removes a session whose pending entry was copied to the trail; the entry of its removal stays until it is copied.
   * @returns false if another writer was first.
   */
  remove(session: Session, expected: string, entry: AuditEntry): Promise<boolean>;
  /** Newest first, those that ended included; `tenant` null lists all. Eventually consistent. */
  list(tenant: string | null, limit: number, after: string | null): Promise<Page<Session>>;
  /** When all sessions of a tenant were last ended, with the entry of that. */
  ending(tenant: string): Promise<{ endedAt: number | undefined } & Audited>;
  /**
   * Ends all sessions of a tenant that were made until then.
   * @returns false if another writer was first.
   */
  putEnding(tenant: string, endedAt: number, expected: string | undefined, entry: AuditEntry): Promise<boolean>;
}
