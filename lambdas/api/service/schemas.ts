import * as z from 'zod';
import type { EventType } from '../../../core/event-types/event-type.ts';
import { responseSchemas } from '../common-schemas.ts';
import { eventTypeFields, versionFields, versionOnWire } from '../event-types/schemas.ts';

export const discoveryAnswer = z
  .object({
    name: z.string().meta({ description: 'The sender of these webhooks.' }),
    event_types: z.array(z.object({ ...eventTypeFields, versions: z.array(z.object(versionFields)) })),
    next: z.string().nullable().meta({ description: 'The cursor of the next page; null at the end.' }),
    signature: z
      .object({
        scheme: z.literal('standard-webhooks'),
        documentation: z.url(),
        algorithm: z.literal('hmac-sha256'),
        secret_prefix: z.string(),
        key: z.string().meta({ description: 'The key of the standard signature.' }),
        signed_content: z.string(),
        headers: z.object({ id: z.string(), timestamp: z.string(), signature: z.string() }),
        profiles: z.array(z.string()).meta({ description: 'Signature profiles that an endpoint may use.' }),
        profile_key: z.string().meta({ description: 'What `key` of a profile means.' }),
        profile_headers: z
          .record(
            z.string(),
            z.object({
              header: z.string(),
              value: z.string(),
              signed_content: z.string(),
              key: z.enum(['text', 'decoded']),
              signed_by: z.enum(['oldest', 'each']).meta({
                description: 'During a rotation overlap: the oldest valid secret only, or each valid one.',
              }),
              also: z.array(z.string()).meta({ description: 'Further headers that the profile adds.' }),
            }),
          )
          .meta({ description: 'The header that a profile adds. `stripe:<header name>` renames it.' }),
      })
      .meta({ description: 'How a webhook is signed.' }),
    registration_url: z.string().meta({ description: 'Where endpoints are registered.' }),
    documentation: z.string().meta({ description: 'The OpenAPI document.' }),
  })
  .register(responseSchemas, { id: 'Discovery' });

/** An event type in discovery's format. */
export function eventTypeInDiscovery({ name, description, group, deprecated, versions }: EventType) {
  return { name, description, group, deprecated, versions: versions.map(versionOnWire) };
}
