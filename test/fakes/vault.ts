import type { Random } from '../../core/random.ts';
import type { DataKeyStore, KeyService } from '../../core/secrets/vault.ts';

/** A KMS key in memory: it keeps what it wraps, and returns it only for the same context. */
export function createMemoryKeyService(random: Random): KeyService {
  // The order of a context's pairs does not matter, as in KMS.
  const textOf = (context: Record<string, string>) => JSON.stringify(Object.entries(context).sort());
  const wrappedKeys = new Map<string, { plain: Uint8Array; context: string }>();
  return {
    async generate(context) {
      const wrapped = `wrapped-${wrappedKeys.size + 1}`;
      const plain = random.bytes(32);
      wrappedKeys.set(wrapped, { plain, context: textOf(context) });
      return { plain, wrapped };
    },
    async decrypt(wrapped, context) {
      const key = wrappedKeys.get(wrapped);
      if (key?.context !== textOf(context)) throw new Error('This key was wrapped in another context.');
      return key.plain;
    },
  };
}

/** The current data key, in memory. */
export function createMemoryDataKeyStore(): DataKeyStore {
  let current: Awaited<ReturnType<DataKeyStore['current']>>;
  return {
    current: async () => current,
    async replace(key, replaces) {
      if ((current?.id ?? null) !== replaces) return false;
      current = { ...key };
      return true;
    },
  };
}
