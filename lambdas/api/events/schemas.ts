import * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import { matchedEndpoints } from '../../../core/events/event.ts';
import { EVENTS_MAX, eventInput } from '../../../core/events/input.ts';
import type { EventView } from '../../../core/history/list-events.ts';
import type { DeadLetterLife } from '../../../core/history/whereabouts.ts';
import { count, pageOf, requestSchemas, responseSchemas, time } from '../common-schemas.ts';
import { deliverySummary, pendingSummaryOnWire, summaryOnWire } from '../deliveries/schemas.ts';

const eventBody = eventInput.register(requestSchemas, { id: 'EventInput' });
export const eventsBody = z
  .union([eventBody, z.array(eventBody).min(1).max(EVENTS_MAX)])
  .register(requestSchemas, { id: 'EventsInput' });

const published = z
  .object({
    id: z.string(),
    duplicate: z.boolean().meta({ description: 'Whether it was accepted before, with this idempotency key.' }),
  })
  .register(responseSchemas, { id: 'PublishedEvent' });
export const publishedAnswer = z
  .union([published, z.object({ events: z.array(published) })])
  .register(responseSchemas, { id: 'Published' });

const eventFields = {
  id: z.string(),
  type: z.string(),
  tenant: z.string(),
  timestamp: z.string(),
  accepted_at: time,
  version: z.string().nullable(),
  metadata: z.record(z.string(), z.string()).nullable(),
  resource_url: z.string().nullable(),
  size_bytes: count,
  matched_endpoints: count.nullable().meta({ description: 'Null until the fan-out is done.' }),
  deliveries: z.array(deliverySummary).meta({ description: 'Up to 100, including pending ones.' }),
};

const eventSummary = z.object(eventFields).register(responseSchemas, { id: 'EventSummary' });
export const eventAnswer = z
  .object({
    ...eventFields,
    data: z.unknown().optional().meta({ description: 'Only with include=data: exactly as published.' }),
  })
  .register(responseSchemas, { id: 'Event' });
export const eventPage = pageOf(eventSummary, 'EventPage');

/** An event with its deliveries. */
export function eventOnWire(
  { event, recorded, pending }: EventView,
  life: DeadLetterLife,
): z.output<typeof eventSummary> {
  return {
    id: event.id,
    type: event.type,
    tenant: event.tenant,
    timestamp: event.timestamp,
    accepted_at: isoTime(event.acceptedAt),
    version: event.version ?? null,
    metadata: event.metadata ?? null,
    resource_url: event.resourceUrl ?? null,
    size_bytes: event.sizeBytes,
    matched_endpoints: matchedEndpoints(event),
    deliveries: [
      ...recorded.map((record) => summaryOnWire(record, life)),
      ...pending.map((endpointId) => pendingSummaryOnWire(event, endpointId)),
    ],
  };
}
