import { noBody, noQuery } from '../common-schemas.ts';
import { operation, type Refusal } from '../operation.ts';
import { eventTypeExample, eventTypeInputExample } from './examples.ts';
import { eventTypeAnswer, eventTypeBody, eventTypePage, eventTypeQuery } from './schemas.ts';

const tag = 'Event types';
const one = { path: '/v1/event-types/{name}', id: 'event_type', tag } as const;
const plain = { query: noQuery, body: noBody, bodyIs: 'none' } as const;
const unbound = 'Event types belong to no tenant: a key bound to a tenant may only read them.';

export const listEventTypes = operation({
  name: 'listEventTypes',
  method: 'get',
  path: '/v1/event-types',
  tag,
  role: 'viewer',
  summary: 'List event types, newest first',
  description: 'Event types belong to no tenant.',
  query: eventTypeQuery,
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
  detail: 'The event type is being changed concurrently: read it and try again.',
};

export const getEventType = operation({
  ...one,
  ...plain,
  name: 'getEventType',
  method: 'get',
  role: 'viewer',
  summary: 'Read an event type',
  description: 'With its versions, oldest first: the last one is the latest.',
  success: { status: 200, description: 'The event type.', schema: eventTypeAnswer, example: eventTypeExample },
});

export const putEventType = operation({
  ...one,
  name: 'putEventType',
  method: 'put',
  role: 'admin',
  summary: 'Create or replace an event type',
  description: `Events of this type are then validated: \`data\` against the schema of the version that the event names, or of the latest one. In effect when the response arrives. ${unbound}`,
  query: noQuery,
  body: eventTypeBody,
  bodyIs: 'required',
  bodyExample: eventTypeInputExample,
  success: {
    status: 200,
    description: 'The updated event type.',
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
  description: `Events of this type are no longer validated. In effect when the response arrives. ${unbound}`,
  success: { status: 204, description: 'Deleted.' },
  refusals: [busy],
});
