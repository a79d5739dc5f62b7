import type { AuditEntry, Audited } from '../audit/audit.ts';
import type { Page } from '../listing/page.ts';
import type { ApiKey } from './key.ts';

/** The registry's API keys, as key management needs them. */
export interface KeyStore {
  /**
   * Writes a new key with the audit entry of its creation.
   * @returns false if the hash is taken: nothing was written.
   */
  put(key: ApiKey, hash: string, entry: AuditEntry): Promise<boolean>;
  /** Keys newest first; `tenant` null lists all. Eventually consistent. */
  list(tenant: string | null, limit: number, after: string | null): Promise<Page<ApiKey>>;
  /** Strongly consistent. */
  find(id: string): Promise<({ key: ApiKey } & Audited) | undefined>;
  /**
   * Removes a key, whose pending entry must be copied to the trail first; the entry of its removal stays until it is
   * copied.
   * @returns false if it was already gone.
   */
  remove(id: string, entry: AuditEntry): Promise<boolean>;
}
