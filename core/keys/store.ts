import type { AuditEntry, Audited } from '../audit/audit.ts';
import type { Page } from '../listing/page.ts';
import type { ApiKey } from './key.ts';

/** The registry's API keys, as their management needs them. */
export interface KeyStore {
  /** Writes a new key with the audit entry of its making. @returns false where the hash is taken: nothing was written. */
  put(key: ApiKey, hash: string, entry: AuditEntry): Promise<boolean>;
  /** Keys newest first; `tenant` null lists all. Eventually consistent. */
  list(tenant: string | null, limit: number, after: string | null): Promise<Page<ApiKey>>;
  /** Strongly consistent. */
  find(id: string): Promise<({ key: ApiKey } & Audited) | undefined>;
  /**
   * Removes a key, whose entry must be settled before; the entry of its end stays until it is settled.
   * @returns false where there was none any more.
   */
  remove(id: string, entry: AuditEntry): Promise<boolean>;
}
