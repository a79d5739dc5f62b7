import * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import type { EventType, EventTypeVersion } from '../../../core/event-types/event-type.ts';
import { eventTypeInput } from '../../../core/event-types/input.ts';
import { pageOf, pageQuery, requestSchemas, responseSchemas, time } from '../common-schemas.ts';

export const eventTypeBody = eventTypeInput.register(requestSchemas, { id: 'EventTypeInput' });

/** The members of a version. */
export const versionFields = {
  version: z.string(),
  schema: z
    .union([z.record(z.string(), z.unknown()), z.boolean()])
    .nullable()
    .meta({ description: 'The JSON Schema (2020-12) of `data`; null accepts any data.' }),
  example: z.unknown().meta({ description: 'Sample data, or null.' }),
};

export const eventTypeFields = {
  name: z.string(),
  description: z.string(),
  group: z.string().nullable().meta({ description: 'Where a catalogue shows it.' }),
  deprecated: z.boolean().meta({ description: 'Whether it will end. It is delivered all the same.' }),
};

/** What the list may be narrowed by. */
export const eventTypeQuery = z.strictObject({
  ...pageQuery,
  group: z.string().max(64).optional().meta({ description: 'Only those of this group.' }),
  deprecated: z.enum(['true', 'false']).optional().meta({ description: 'Only those that are, or are not.' }),
});

export const eventTypeAnswer = z
  .object({
    ...eventTypeFields,
    versions: z
      .array(z.object({ ...versionFields, created_at: time }))
      .meta({ description: 'Oldest first. Events without a version are validated against the last.' }),
    created_at: time,
    updated_at: time,
  })
  .register(responseSchemas, { id: 'EventType' });
export const eventTypePage = pageOf(eventTypeAnswer, 'EventTypePage');

/** A version in the API's format. */
export const versionOnWire = ({ version, schema, example }: EventTypeVersion) => ({
  version,
  schema: schema === undefined || typeof schema === 'boolean' ? (schema ?? null) : { ...schema },
  example: example ?? null,
});

/** An event type in the API's format. */
export function eventTypeOnWire(eventType: EventType): z.output<typeof eventTypeAnswer> {
  const { name, description, group, deprecated, versions, createdAt, updatedAt } = eventType;
  return {
    name,
    description,
    group,
    deprecated,
    versions: versions.map((one) => ({ ...versionOnWire(one), created_at: isoTime(one.createdAt) })),
    created_at: isoTime(createdAt),
    updated_at: isoTime(updatedAt),
  };
}
