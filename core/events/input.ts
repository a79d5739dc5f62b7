import * as z from 'zod';
import { metadata } from '../dictionary.ts';
import { eventTypeName, isReservedType, RESERVED_TYPES } from '../event-types/name.ts';
import { publishedTenantName } from '../tenant.ts';
import { givenTime } from '../time.ts';

/** Maximum size of one event's JSON text, as the producer sent it, in bytes. */
export const EVENT_BYTES_MAX = 1024 * 1024;
/** Maximum size of a request of POST /v1/events, in bytes: an HTTP API's Lambda gets at most 6 MB after escaping. */
export const REQUEST_BYTES_MAX = 2.5 * 1024 * 1024;
/** Maximum number of events in one request. */
export const EVENTS_MAX = 100;

const PRINTABLE = /^\P{C}+$/u;

export const idempotencyKey = z
  .string()
  .min(1, 'Use 1 to 256 printable characters, or omit the key.')
  .max(256, 'Use at most 256 characters.')
  .regex(PRINTABLE, 'Use printable characters only.');

/** An event as a producer sends it. `data` is any JSON; its text is taken from the request, never from this value. */
export const eventInput = z.strictObject({
  type: eventTypeName
    .refine((type) => !isReservedType(type), RESERVED_TYPES)
    .meta({ not: { pattern: '^postrider(\\.|$)' } }),
  data: z.unknown().refine((data) => data !== undefined, 'Required: any JSON value, null included.'),
  tenant: publishedTenantName.optional(),
  version: z.string().min(1).max(32, 'Use at most 32 characters.').optional(),
  metadata: metadata.optional(),
  resource_url: z
    .string()
    // Not the library's own check: that trims the text, and the event would be sent with another URL.
    .refine((text) => URL.canParse(text) && text === text.trim(), 'Use an absolute URL, without surrounding spaces.')
    .max(2048)
    .meta({ format: 'uri' })
    .optional(),
  timestamp: givenTime.optional(),
  idempotency_key: idempotencyKey.optional(),
});

export type EventInput = z.output<typeof eventInput>;
