import type { KeyReader } from '../../core/keys/authenticate.ts';
import type { ApiKey } from '../../core/keys/key.ts';
import type { KeyStore } from '../../core/keys/store.ts';
import { pageOf } from './pages.ts';

/** The registry's API keys in memory, by hash. */
export class MemoryKeyStore implements KeyReader, KeyStore {
  readonly keys = new Map<string, ApiKey>();

  findByHash: KeyReader['findByHash'] = async (hash) => structuredClone(this.keys.get(hash));

  noteUse: KeyReader['noteUse'] = async (hash, day) => {
    const key = this.keys.get(hash);
    if (key) key.lastUsedOn = day;
  };

  put: KeyStore['put'] = async (key, hash) => {
    this.keys.set(hash, structuredClone(key));
  };

  list: KeyStore['list'] = async (tenant, limit, after) =>
    pageOf(
      [...this.keys.values()].filter((key) => tenant === null || key.tenant === tenant),
      limit,
      after,
    );

  find: KeyStore['find'] = async (id) => structuredClone([...this.keys.values()].find((key) => key.id === id));

  remove: KeyStore['remove'] = async (id) => {
    const [hash, key] = [...this.keys].find(([, one]) => one.id === id) ?? [];
    if (hash !== undefined) this.keys.delete(hash);
    return key;
  };
}
