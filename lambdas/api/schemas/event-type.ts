import * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import type { EventType, EventTypeVersion } from '../../../core/event-types/event-type.ts';
import { eventTypeInput } from '../../../core/event-types/input.ts';
import { pageOf, requestSchemas, responseSchemas, time } from './common.ts';

export const eventTypeBody = eventTypeInput.register(requestSchemas, { id: 'EventTypeInput' });

const content = {
  version: z.string(),
  schema: z
    .union([z.record(z.string(), z.unknown()), z.boolean()])
    .nullable()
    .meta({ description: 'The JSON Schema (2020-12) of `data`; null accepts any data.' }),
  example: z.unknown().meta({ description: 'Sample data, or null.' }),
};

const names = { name: z.string(), description: z.string() };

export const eventTypeAnswer = z
  .object({
    ...names,
    versions: z
      .array(z.object({ ...content, created_at: time }))
      .meta({ description: 'Oldest first. Events without a version are validated against the last.' }),
    created_at: time,
    updated_at: time,
  })
  .register(responseSchemas, { id: 'EventType' });
export const eventTypePage = pageOf(eventTypeAnswer, 'EventTypePage');

const contentOnWire = ({ version, schema, example }: EventTypeVersion) => ({
  version,
  schema: schema === undefined || typeof schema === 'boolean' ? (schema ?? null) : { ...schema },
  example: example ?? null,
});

/** An event type in the API's format. */
export function eventTypeOnWire(eventType: EventType): z.output<typeof eventTypeAnswer> {
  const { name, description, versions, createdAt, updatedAt } = eventType;
  return {
    name,
    description,
    versions: versions.map((one) => ({ ...contentOnWire(one), created_at: isoTime(one.createdAt) })),
    created_at: isoTime(createdAt),
    updated_at: isoTime(updatedAt),
  };
}

export const discoveryAnswer = z
  .object({
    name: z.string().meta({ description: 'The sender of these webhooks.' }),
    event_types: z.array(z.object({ ...names, versions: z.array(z.object(content)) })),
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
        profile_key: z.string().meta({ description: 'The key of the signature that a profile adds.' }),
        profile_headers: z
          .record(
            z.string(),
            z.object({
              header: z.string(),
              value: z.string(),
              signed_content: z.string(),
              signed_by: z.enum(['newest', 'each']).meta({
                description: 'During a rotation overlap: the newest secret only, or each valid one.',
              }),
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
export function eventTypeInDiscovery({ name, description, versions }: EventType) {
  return { name, description, versions: versions.map(contentOnWire) };
}
