import type { Page } from '../listing/page.ts';
import type { ApiKey } from './key.ts';

/** The registry's API keys, as their management needs them. */
export interface KeyStore {
  put(key: ApiKey, hash: string): Promise<void>;
  /** Keys newest first; `tenant` null lists all. */
  list(tenant: string | null, limit: number, after: string | null): Promise<Page<ApiKey>>;
  /** @returns the key that was removed, or undefined where there was none. */
  remove(id: string): Promise<ApiKey | undefined>;
  find(id: string): Promise<ApiKey | undefined>;
}
