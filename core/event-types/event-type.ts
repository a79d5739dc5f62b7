import { createHash } from 'node:crypto';

/** A JSON Schema 2020-12. */
export type JsonSchema = boolean | Readonly<Record<string, unknown>>;

/** One version of an event type's data. */
export interface EventTypeVersion {
  version: string;
  /** What `data` must be; absent where anything goes. */
  schema?: JsonSchema;
  /** Data as an event of this version carries it. */
  example?: unknown;
  /** In ms since the epoch. */
  createdAt: number;
}

/** An entry of the catalogue: what events of one type are, and what their data must look like. Belongs to no tenant. */
export interface EventType {
  name: string;
  description: string;
  /** Oldest first: the last is what an event without a version is checked against. */
  versions: EventTypeVersion[];
  /** In ms since the epoch. */
  createdAt: number;
  updatedAt: number;
}

/** Versions of one event type. */
export const VERSIONS_MAX = 50;
/** A version's schema, and its example, as JSON text in bytes. */
export const SCHEMA_BYTES_MAX = 64 * 1024;
/** An event type as JSON text in bytes, all versions included: it is one item of the registry. */
export const EVENT_TYPE_BYTES_MAX = 256 * 1024;
/** How deeply a schema or an example may be nested. */
export const NESTING_MAX = 64;
/** A pattern, in characters. */
export const PATTERN_MAX = 512;

/** Names a JSON value by its content. */
export function contentHash(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('hex');
}
