import { TtlCache } from '../cache.ts';
import type { Clock } from '../clock.ts';
import { DAY_MS, MINUTE_MS } from '../durations.ts';
import { newId } from '../ids.ts';
import type { Random } from '../random.ts';
import { type DataKey, type SealedSecret, type SecretBinding, seal, unseal } from './seal.ts';

/** The KMS key of the stack. `context` is bound to what is encrypted and must be the same to decrypt. */
export interface KeyService {
  generate(context: Record<string, string>): Promise<{ plain: Uint8Array; wrapped: string }>;
  decrypt(wrapped: string, context: Record<string, string>): Promise<Uint8Array>;
}

/** Stores the current data key, so that all execution environments seal with the same one. */
export interface DataKeyStore {
  current(): Promise<{ id: string; wrapped: string; createdAt: number } | undefined>;
  /** Makes a key the current one, unless another writer did so since `replaces` was read. */
  replace(key: { id: string; wrapped: string; createdAt: number }, replaces: string | null): Promise<boolean>;
}

/** Opens sealed secrets. */
export interface SecretOpener {
  open(sealed: SealedSecret, binding: SecretBinding): Promise<string>;
}

/** How long a decrypted data key is cached: a disabled KMS key stops deliveries within this time. */
const PLAIN_KEY_MS = 5 * MINUTE_MS;
const PLAIN_KEYS_MAX = 1_000;
/** A new data key every 90 days limits how much one key seals. */
const DATA_KEY_LIFE_MS = 90 * DAY_MS;

const contextOf = (dataKeyId: string) => ({ application: 'postrider', 'data-key': dataKeyId });

/**
 * Opens secrets with few KMS calls: one Decrypt per data key and five minutes in each warm container, for any number of
 * endpoints.
 */
export function createSecretOpener(keys: KeyService, clock: Clock): SecretOpener {
  const plainKeys = new TtlCache<Promise<Uint8Array>>({ lifeMs: PLAIN_KEY_MS, entriesMax: PLAIN_KEYS_MAX });

  function plainKey({ keyId, wrappedKey }: SealedSecret): Promise<Uint8Array> {
    const cached = plainKeys.get(keyId, clock());
    if (cached !== undefined) return cached;
    const plain = keys.decrypt(wrappedKey, contextOf(keyId));
    plainKeys.set(keyId, plain, clock());
    // A failure is not cached: the next delivery asks again.
    plain.catch(() => plainKeys.delete(keyId));
    return plain;
  }

  return { open: async (sealed, binding) => unseal(sealed, binding, await plainKey(sealed)) };
}

export interface SealerPorts {
  keys: KeyService;
  store: DataKeyStore;
  clock: Clock;
  random: Random;
}

/** Seals secrets with one data key. */
export type Seal = (secret: string, binding: SecretBinding) => SealedSecret;

/** Seals with the current data key; creates one if there is none, or if it is too old. */
export async function currentSeal(ports: SealerPorts): Promise<Seal> {
  const key = await currentDataKey(ports);
  return (secret, binding) => seal(secret, binding, key, ports.random);
}

async function currentDataKey({ keys, store, clock, random }: SealerPorts): Promise<DataKey> {
  const current = await store.current();
  if (current && current.createdAt + DATA_KEY_LIFE_MS > clock()) {
    return { ...current, plain: await keys.decrypt(current.wrapped, contextOf(current.id)) };
  }
  const id = newId('dk', clock(), random);
  const fresh = { id, ...(await keys.generate(contextOf(id))) };
  // Losing the race is harmless: what this key seals carries the wrapped key.
  await store.replace({ id, wrapped: fresh.wrapped, createdAt: clock() }, current?.id ?? null);
  return fresh;
}
