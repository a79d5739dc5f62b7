import * as z from 'zod';
import { metadata } from '../dictionary.ts';
import { Problem } from '../problem.ts';
import { givenTime } from '../time.ts';

/** One event's JSON text, as the producer sent it, in bytes. */
export const EVENT_BYTES_MAX = 1024 * 1024;
/** A whole request of POST /v1/events, in bytes: an HTTP API's Lambda gets at most 6 MB after escaping. */
export const REQUEST_BYTES_MAX = 2.5 * 1024 * 1024;
/** Events of one request. */
export const EVENTS_MAX = 100;

/** The tenant of events and endpoints that name none. */
export const DEFAULT_TENANT = 'default';

const EVENT_TYPE = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,7}$/;
const PRINTABLE = /^\P{C}+$/u;

/** Says which names a tenant may have. */
export const TENANT_NAMES =
  'Use 1 to 64 letters, digits, full stops, underscores or hyphens, and not full stops alone.';

/** A name of full stops alone is a step in the path of a storage key, and no name: nothing can be kept under it. */
export const tenantName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, TENANT_NAMES)
  .refine((name) => !/^\.+$/.test(name), TENANT_NAMES)
  .meta({ not: { pattern: '^\\.+$' } });

/**
 * Refuses a tenant whose key or endpoint was made when its name was still taken.
 * @throws Problem `invalid`.
 */
export function refuseTenant(tenant: string, path: string[]): void {
  if (tenantName.safeParse(tenant).success) return;
  throw new Problem('invalid', 'No event can be kept for this tenant: use a tenant of another name.', {
    faults: [{ path: [...path, 'tenant'].join('.'), message: TENANT_NAMES }],
  });
}

export const eventTypeName = z
  .string()
  .max(128, 'Use at most 128 characters.')
  .regex(EVENT_TYPE, 'Use 1 to 8 words of letters, digits, "_" or "-", joined by full stops, such as order.created.');

export const idempotencyKey = z
  .string()
  .min(1, 'Use 1 to 256 printable characters, or leave the key out.')
  .max(256, 'Use at most 256 characters.')
  .regex(PRINTABLE, 'Use printable characters only.');

/** An event as a producer sends it. `data` is any JSON; its text is taken from the request, never from this value. */
export const eventInput = z.strictObject({
  type: eventTypeName
    .refine(
      (type) => type !== 'postrider' && !type.startsWith('postrider.'),
      'Types that begin with "postrider." are reserved: choose another first word.',
    )
    .meta({ not: { pattern: '^postrider(\\.|$)' } }),
  data: z.unknown().refine((data) => data !== undefined, 'Required: any JSON value, null included.'),
  tenant: tenantName.optional(),
  version: z.string().min(1).max(32, 'Use at most 32 characters.').optional(),
  metadata: metadata.optional(),
  resource_url: z
    .string()
    // As it stands: the library's own check would cut off what is around it, and the event would leave with another one.
    .refine((text) => URL.canParse(text) && text === text.trim(), 'Use an absolute URL, without space around it.')
    .max(2048)
    .meta({ format: 'uri' })
    .optional(),
  timestamp: givenTime.optional(),
  idempotency_key: idempotencyKey.optional(),
});

export type EventInput = z.output<typeof eventInput>;
