import * as z from 'zod';
import { eventTypeName } from '../../../core/event-types/name.ts';
import { payloadGone } from '../../../core/events/event.ts';
import { idempotencyKey } from '../../../core/events/input.ts';
import { noBody, noQuery, pageQuery, rangeQuery, tenantQuery } from '../common-schemas.ts';
import { CURSOR, EVENT_ID } from '../deliveries/examples.ts';
import { operation } from '../operation.ts';
import { eventExample, eventInputExample } from './examples.ts';
import { eventAnswer, eventPage, eventsBody, publishedAnswer } from './schemas.ts';

const tag = 'Events';

export const publishEvents = operation({
  name: 'publishEvents',
  method: 'post',
  path: '/v1/events',
  tag,
  role: 'producer',
  summary: 'Publish one event, or a list of 1 to 100',
  description:
    'A 202 means that the events are stored durably. With an idempotency key the request can be repeated: the same key and body return the same event. If one event of a list is invalid, none is accepted.',
  query: noQuery,
  body: eventsBody,
  bodyIs: 'required',
  bodyExample: eventInputExample,
  headers: [
    {
      name: 'Idempotency-Key',
      description: 'For a single event. In a list, use `idempotency_key` in each.',
      schema: { type: 'string', maxLength: 256, pattern: '^[!-~]([ -~]*[!-~])?$' },
    },
    { name: 'traceparent', description: 'W3C trace context: its trace id is sent with every webhook of the event.' },
  ],
  success: {
    status: 202,
    description: 'Accepted; for a list, `events` in the order sent.',
    schema: publishedAnswer,
    example: { id: EVENT_ID, duplicate: false },
  },
  refusals: [
    {
      kind: 'conflict',
      detail: 'This idempotency key was used for another event; nothing in this request was accepted.',
      errors: [
        { path: 'idempotency_key', message: 'Used before with another body: send the same body, or use a new key.' },
      ],
    },
    {
      kind: 'too_large',
      detail: 'An event may be at most 1 MiB: store the content elsewhere and send a link.',
      errors: [{ path: '3', message: 'At most 1 MiB (1048576 bytes).' }],
    },
    {
      kind: 'invalid',
      detail: 'Nothing was accepted: correct the fields named in errors.',
      errors: [
        { path: '3.data', message: 'Required: any JSON value, null included.' },
        { path: '3.colour', message: 'Unknown field: remove it.' },
      ],
    },
  ],
  servedByIngest: true,
});

export const publishEventsAsRole = operation({
  ...publishEvents,
  name: 'publishEventsAsRole',
  path: '/v1/iam/events',
  role: null,
  signed: true,
  summary: 'Publish with AWS credentials instead of an API key',
  description:
    'Like `POST /v1/events`, for callers inside AWS: the request is signed (Signature Version 4, service `execute-api`) and the caller is bound to no tenant. API Gateway checks the signature and that a policy of the caller allows `execute-api:Invoke` on this route; its errors have its own format.',
});

export const getEvent = operation({
  name: 'getEvent',
  method: 'get',
  path: '/v1/events/{id}',
  id: 'evt',
  tag,
  role: 'viewer',
  summary: 'Read an event with its deliveries',
  description: 'Pending deliveries are included.',
  query: z.strictObject({
    include: z
      .literal('data', { error: 'Only data can be included.' })
      .optional()
      .meta({ description: 'Adds the payload.' }),
  }),
  body: noBody,
  bodyIs: 'none',
  refusals: [{ kind: 'gone', detail: payloadGone().message }],
  success: { status: 200, description: 'The event.', schema: eventAnswer, example: eventExample },
});

export const listEvents = operation({
  name: 'listEvents',
  method: 'get',
  path: '/v1/events',
  tag,
  role: 'viewer',
  summary: 'List events, newest first by acceptance',
  description: 'Each with its deliveries, including pending ones.',
  query: z.strictObject({
    ...tenantQuery,
    type: eventTypeName.optional().meta({ description: 'An exact event type.' }),
    idempotency_key: idempotencyKey.optional().meta({
      description: 'The one event that was published with this key; not with `tenant=*`.',
    }),
    ...rangeQuery,
    ...pageQuery,
  }),
  body: noBody,
  bodyIs: 'none',
  success: {
    status: 200,
    description: 'A page of events.',
    schema: eventPage,
    example: { data: [eventExample], next: CURSOR },
  },
});
