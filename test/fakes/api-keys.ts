import type { KeyReader } from '../../core/keys/authenticate.ts';
import type { ApiKey } from '../../core/keys/key.ts';
import type { KeyStore } from '../../core/keys/store.ts';
import { MemoryAudit } from './audit.ts';
import { pageOf } from './pages.ts';

/** The registry's API keys in memory, by hash. */
export class MemoryKeyStore implements KeyReader, KeyStore {
  readonly keys = new Map<string, ApiKey>();
  readonly #audit: MemoryAudit;
  /** Ids of revoked keys by hash, to find a tombstone that still blocks the hash. */
  readonly #gone = new Map<string, string>();

  /** @param audit keeps the keys' pending entries. */
  constructor(audit = new MemoryAudit()) {
    this.#audit = audit;
  }

  findByHash: KeyReader['findByHash'] = async (hash) => structuredClone(this.keys.get(hash));

  noteUse: KeyReader['noteUse'] = async (hash, day) => {
    const key = this.keys.get(hash);
    if (key) key.lastUsedOn = day;
  };

  put: KeyStore['put'] = async (key, hash, entry) => {
    if (this.keys.has(hash) || this.#audit.hasTombstone(this.#gone.get(hash) ?? '')) return false;
    this.keys.set(hash, structuredClone(key));
    this.#audit.wrote(key.id, entry);
    return true;
  };

  list: KeyStore['list'] = async (tenant, limit, after) =>
    pageOf(
      [...this.keys.values()].filter((key) => tenant === null || key.tenant === tenant),
      limit,
      after,
    );

  find: KeyStore['find'] = async (id) => {
    const key = [...this.keys.values()].find((one) => one.id === id);
    return key && structuredClone({ key, ...this.#audit.of(id) });
  };

  remove: KeyStore['remove'] = async (id, entry) => {
    const [hash] = [...this.keys].find(([, one]) => one.id === id) ?? [];
    if (hash === undefined) return false;
    this.keys.delete(hash);
    this.#gone.set(hash, id);
    this.#audit.wrote(id, entry, { isGone: true });
    return true;
  };
}
