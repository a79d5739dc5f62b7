import * as z from 'zod';
import { eventTypeExample, eventTypeInputExample } from '../examples/event-type.ts';
import { operation, type Refusal } from '../operation.ts';
import { noBody, noQuery, pageQuery } from '../schemas/common.ts';
import { eventTypeAnswer, eventTypeBody, eventTypePage } from '../schemas/event-type.ts';

const tag = 'Event types';
const one = { path: '/v1/event-types/{name}', id: 'event_type', tag } as const;
const plain = { query: noQuery, body: noBody, bodyIs: 'none' } as const;
const unbound = "The catalogue is the whole installation's: a key that is bound to a tenant may read it only.";

export const listEventTypes = operation({
  name: 'listEventTypes',
  method: 'get',
  path: '/v1/event-types',
  tag,
  role: 'viewer',
  summary: 'List event types, newest first',
  description: 'The catalogue of the whole installation: it has no tenants.',
  query: z.strictObject(pageQuery),
  body: noBody,
  bodyIs: 'none',
  success: {
    status: 200,
    description: 'A page of event types.',
    schema: eventTypePage,
    example: { data: [eventTypeExample], next: null },
  },
});

const busy: Refusal = {
  kind: 'conflict',
  detail: 'Others are changing this event type at the same time: read it and try again.',
};

export const getEventType = operation({
  ...one,
  ...plain,
  name: 'getEventType',
  method: 'get',
  role: 'viewer',
  summary: 'Read an event type',
  description: 'Its versions, the oldest first: the last one is the latest.',
  success: { status: 200, description: 'The event type.', schema: eventTypeAnswer, example: eventTypeExample },
});

export const putEventType = operation({
  ...one,
  name: 'putEventType',
  method: 'put',
  role: 'admin',
  summary: 'Register an event type, or replace it',
  description: `Events of this type are then checked: \`data\` against the schema of the version that the event names, or of the latest one. It has taken effect when this answers. ${unbound}`,
  query: noQuery,
  body: eventTypeBody,
  bodyIs: 'required',
  bodyExample: eventTypeInputExample,
  success: {
    status: 200,
    description: 'The event type as it is now.',
    schema: eventTypeAnswer,
    example: eventTypeExample,
  },
  created: { status: 201, description: 'The new event type.', schema: eventTypeAnswer, example: eventTypeExample },
  refusals: [
    busy,
    {
      kind: 'invalid',
      detail: 'The event type is not valid: correct the fields named in errors.',
      errors: [{ path: 'versions.0.example.order_id', message: 'Required: add it.' }],
    },
  ],
});

export const deleteEventType = operation({
  ...one,
  ...plain,
  name: 'deleteEventType',
  method: 'delete',
  role: 'admin',
  summary: 'Delete an event type',
  description: `Events of this type are checked no more, from a second later at the latest. ${unbound}`,
  success: { status: 204, description: 'Deleted.' },
  refusals: [busy],
});
