import * as z from 'zod';
import { ACTOR_KINDS, type AuditEntry } from '../../../core/audit/audit.ts';
import { isoTime } from '../../../core/clock.ts';
import { withShownUrl } from '../../../core/endpoints/snapshot.ts';
import { eventTypeName } from '../../../core/event-types/name.ts';
import { pageOf, responseSchemas, time } from '../common-schemas.ts';

/** The object of an entry. Every id has the shape of an event type's name. */
export const auditObject = eventTypeName.optional().meta({
  description:
    'The id of an endpoint, API key, job or delivery, or the name of an event type. A key bound to no tenant searches all tenants, unless `tenant` is given.',
});

export const auditActor = z
  .string()
  .min(1, 'Use the id of a key, an ARN, or postrider.')
  .max(2_048, 'Use at most 2048 characters.')
  .optional()
  .meta({ description: 'Who did it: the id of an API key, the ARN of a caller inside AWS, or `postrider`.' });

export const auditAction = z
  .string()
  .regex(/^[a-z_]{1,64}(\.[a-z_]{1,64})?$/, 'Use an action, such as endpoint.updated, or its first word.')
  .optional()
  .meta({ description: 'An action, such as `endpoint.updated`, or its first word for all of a kind: `endpoint`.' });

const snapshot = z.record(z.string(), z.unknown()).nullable();

export const auditAnswer = z
  .object({
    id: z.string(),
    at: time,
    actor: z
      .object({ kind: z.enum(ACTOR_KINDS), id: z.string(), name: z.string() })
      .meta({ description: 'An API key by its id and name, a caller inside AWS by its ARN, or Postrider itself.' }),
    action: z.string().meta({ description: 'What was done, such as `endpoint.updated`.' }),
    object: z.string().meta({ description: 'The id of the affected object, or the name of the event type.' }),
    tenant: z.string().nullable().meta({ description: 'Null if it belongs to no tenant.' }),
    before: snapshot.meta({
      description: 'For a change, the members that differ. Null if nothing existed before.',
    }),
    after: snapshot.meta({
      description:
        'Like `before`; null if nothing is left. Secrets and header values are redacted, and a URL is cut after its host.',
    }),
  })
  .register(responseSchemas, { id: 'AuditEntry' });
export const auditPage = pageOf(auditAnswer, 'AuditPage');

/** An audit entry in the API's format. */
export function auditOnWire(entry: AuditEntry): z.output<typeof auditAnswer> {
  return { ...withShownUrl(entry), at: isoTime(entry.at) };
}
