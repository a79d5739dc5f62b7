import { TtlCache } from '../cache.ts';
import type { Clock } from '../clock.ts';
import { contentHash, type EventType, type JsonSchema } from './event-type.ts';
import type { EventTypeReader } from './store.ts';

/** A schema with the hash of its content. */
export interface CachedSchema {
  schema: JsonSchema;
  schemaHash: string;
}

/** What ingest caches of an event type: its versions, oldest first, with their schemas; null accepts any data. */
export type CachedEventType = Map<string, CachedSchema | null>;

interface Entry {
  /** Null: there is no such event type. */
  type: CachedEventType | null;
  /** Of its schemas. */
  characters: number;
}

/**
 * How long an entry, or its absence, is cached, in ms. A change of an event type waits as long before it returns, so
 * that every execution environment applies it once the caller has the response.
 */
export const CACHE_MS = 500;
/** Neither a flood of unknown types nor large schemas may fill the memory. */
const CACHE_ENTRIES_MAX = 1_000;
const CACHE_CHARACTERS_MAX = 16 * 1024 * 1024;

/** Event types, cached for the life of an execution environment. */
export interface EventTypeCache {
  /**
   * @param refresh reads even cached types again.
   * @returns the types, and which of them came from the cache.
   */
  find(names: string[], refresh?: boolean): Promise<{ types: Map<string, CachedEventType | null>; old: Set<string> }>;
}

export function createEventTypeCache(eventTypes: EventTypeReader, clock: Clock): EventTypeCache {
  const cached = new TtlCache<Entry>({
    lifeMs: CACHE_MS,
    entriesMax: CACHE_ENTRIES_MAX,
    weightMax: CACHE_CHARACTERS_MAX,
    weigh: ({ characters }) => characters,
  });

  async function read(names: string[], types: Map<string, CachedEventType | null>): Promise<void> {
    const startedAt = clock();
    const found = await eventTypes.read(names);
    for (const name of names) {
      const eventType = found.get(name);
      const entry = eventType === undefined ? { type: null, characters: 0 } : entryOf(eventType);
      types.set(name, entry.type);
      cached.set(name, entry, startedAt);
    }
  }

  return {
    async find(names, refresh = false) {
      const types = new Map<string, CachedEventType | null>();
      const now = clock();
      for (const name of refresh ? [] : names) {
        const entry = cached.get(name, now);
        if (entry !== undefined) types.set(name, entry.type);
      }
      const old = new Set(types.keys());
      const missing = [...new Set(names)].filter((name) => !types.has(name));
      if (missing.length > 0) await read(missing, types);
      return { types, old };
    },
  };
}

function entryOf({ versions }: EventType): Entry {
  const type: CachedEventType = new Map();
  let characters = 0;
  for (const { version, schema } of versions) {
    type.set(version, schema === undefined ? null : { schema, schemaHash: contentHash(schema) });
    characters += JSON.stringify(schema)?.length ?? 0;
  }
  return { type, characters };
}
