import * as z from 'zod';
import { eventTypeName } from '../../../core/events/input.ts';
import { operation } from '../operation.ts';
import { noBody, noQuery, pageQuery, rangeQuery, tenantQuery } from '../schemas/common.ts';
import { eventAnswer, eventPage, eventsBody, publishedAnswer } from '../schemas/event.ts';

const tag = 'Events';

export const publishEvents = operation({
  name: 'publishEvents',
  method: 'post',
  path: '/v1/events',
  tag,
  role: 'producer',
  summary: 'Publish one event, or a list of 1 to 100',
  description:
    'An event is durable when this answers 202. With an idempotency key the request may be repeated: the same key and body give the same event. Of a list with an invalid event, nothing is accepted.',
  query: noQuery,
  body: eventsBody,
  bodyIs: 'required',
  headers: [
    { name: 'Idempotency-Key', description: 'For a single event. In a list, use `idempotency_key` in each.' },
    { name: 'traceparent', description: 'W3C trace context: its trace id leaves with every webhook of the event.' },
  ],
  success: {
    status: 202,
    description: 'Accepted: one answer, or `events` in the order sent.',
    schema: publishedAnswer,
  },
  refusals: ['conflict', 'too_large'],
  servedByIngest: true,
});

export const getEvent = operation({
  name: 'getEvent',
  method: 'get',
  path: '/v1/events/{id}',
  id: 'evt',
  tag,
  role: 'viewer',
  summary: 'Read an event with its deliveries',
  query: z.strictObject({
    include: z
      .literal('data', { error: 'Only data can be included.' })
      .optional()
      .meta({ description: 'Adds the payload.' }),
  }),
  body: noBody,
  bodyIs: 'none',
  success: { status: 200, description: 'The event.', schema: eventAnswer },
});

export const listEvents = operation({
  name: 'listEvents',
  method: 'get',
  path: '/v1/events',
  tag,
  role: 'viewer',
  summary: 'List events, newest first by acceptance',
  query: z.strictObject({
    ...tenantQuery,
    type: eventTypeName.optional().meta({ description: 'Exactly this event type.' }),
    ...rangeQuery,
    ...pageQuery,
  }),
  body: noBody,
  bodyIs: 'none',
  success: { status: 200, description: 'A page of events.', schema: eventPage },
});
