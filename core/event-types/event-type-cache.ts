import type { Clock } from '../clock.ts';
import { contentHash, type EventType, type JsonSchema } from './event-type.ts';
import type { EventTypeReader } from './store.ts';

/** A schema with the name of its content. */
export interface CachedSchema {
  schema: JsonSchema;
  schemaHash: string;
}

/** What ingest keeps of an event type: its versions, oldest first, with their schemas; null where anything goes. */
export type CachedEventType = Map<string, CachedSchema | null>;

interface Entry {
  /** Null: the catalogue does not have it. */
  type: CachedEventType | null;
  until: number;
}

/**
 * How long an entry, or that there is none, is believed, in ms. Who changes the catalogue waits as long before it answers:
 * whoever has seen the answer meets the change in every container.
 */
export const CACHE_MS = 500;
/** A flood of made-up types must not fill the memory, and neither must large schemas. */
const CACHE_ENTRIES_MAX = 1_000;
const CACHE_CHARACTERS_MAX = 16 * 1024 * 1024;

/** The catalogue for the life of one container. */
export interface EventTypeCache {
  /**
   * @param anew reads even what is known.
   * @returns what the types are, and which of them were known already.
   */
  find(names: string[], anew?: boolean): Promise<{ types: Map<string, CachedEventType | null>; old: Set<string> }>;
}

export function createEventTypeCache(catalogue: EventTypeReader, clock: Clock): EventTypeCache {
  const known = new Map<string, Entry>();
  let characters = 0;

  function keep(name: string, type: CachedEventType | null, size: number, until: number): void {
    if (known.size >= CACHE_ENTRIES_MAX || characters + size > CACHE_CHARACTERS_MAX) {
      known.clear();
      characters = 0;
    }
    known.set(name, { type, until });
    characters += size;
  }

  async function read(names: string[], types: Map<string, CachedEventType | null>): Promise<void> {
    // From when the read began: what it returns may have changed since.
    const until = clock() + CACHE_MS;
    const found = await catalogue.read(names);
    for (const name of names) {
      const eventType = found.get(name);
      const { type, size } = eventType === undefined ? { type: null, size: 0 } : knownType(eventType);
      types.set(name, type);
      keep(name, type, size, until);
    }
  }

  return {
    async find(names, anew = false) {
      const types = new Map<string, CachedEventType | null>();
      const now = clock();
      for (const name of anew ? [] : names) {
        const entry = known.get(name);
        if (entry !== undefined && entry.until > now) types.set(name, entry.type);
      }
      const old = new Set(types.keys());
      const missing = [...new Set(names)].filter((name) => !types.has(name));
      if (missing.length > 0) await read(missing, types);
      return { types, old };
    },
  };
}

function knownType({ versions }: EventType): { type: CachedEventType; size: number } {
  const type: CachedEventType = new Map();
  let size = 0;
  for (const { version, schema } of versions) {
    type.set(version, schema === undefined ? null : { schema, schemaHash: contentHash(schema) });
    size += JSON.stringify(schema)?.length ?? 0;
  }
  return { type, size };
}
