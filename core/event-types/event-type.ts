import { createHash } from 'node:crypto';
import * as z from 'zod';
import { isObject } from '../json.ts';

/** A JSON Schema 2020-12. */
export type JsonSchema = boolean | Readonly<Record<string, unknown>>;
const jsonSchema = z.custom<JsonSchema>((given) => typeof given === 'boolean' || isObject(given));

/** One version of an event type's data. */
const eventTypeVersion = z.object({
  version: z.string(),
  /** The schema of `data`; absent if any data is accepted. */
  schema: jsonSchema.exactOptional(),
  /** Sample data of this version. */
  example: z.unknown().exactOptional(),
  /** In ms since the epoch. */
  createdAt: z.number(),
});
export type EventTypeVersion = z.output<typeof eventTypeVersion>;

/** An event type, as stored: what its events are, and what their data must look like. Belongs to no tenant. */
export const storedEventType = z.object({
  name: z.string(),
  description: z.string(),
  /** What it belongs to, for those who show the catalogue as a tree. */
  group: z.string().nullable().default(null),
  /** Its producers mean to end it. It is published and delivered like any other. */
  deprecated: z.boolean().default(false),
  /** Oldest first. Events without a version are validated against the last. */
  versions: z.array(eventTypeVersion),
  /** In ms since the epoch. */
  createdAt: z.number(),
  updatedAt: z.number(),
});
export type EventType = z.output<typeof storedEventType>;

/** Maximum number of versions of one event type. */
export const VERSIONS_MAX = 50;
/** Maximum size of a version's schema, and of its example, as JSON text in bytes. */
export const SCHEMA_BYTES_MAX = 64 * 1024;
/** Maximum size of an event type with all versions, as JSON text in bytes: it is one item of the registry. */
export const EVENT_TYPE_BYTES_MAX = 256 * 1024;
/** Maximum nesting depth of a schema or an example. */
export const NESTING_MAX = 64;
/** Maximum length of a pattern, in characters. */
export const PATTERN_MAX = 512;

/** The SHA-256 of a JSON value. */
export function contentHash(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('hex');
}
