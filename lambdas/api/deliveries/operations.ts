import * as z from 'zod';
import { STATUSES } from '../../../core/deliveries/record.ts';
import { eventTypeName } from '../../../core/event-types/name.ts';
import { idPattern } from '../../../core/ids.ts';
import { noBody, noQuery, pageQuery, rangeQuery, tenantQuery } from '../common-schemas.ts';
import { operation } from '../operation.ts';
import { CURSOR, deliveryExample, deliverySummaryExample, requestExample } from './examples.ts';
import { deliveryAnswer, deliveryPage, requestAnswer } from './schemas.ts';

const tag = 'Deliveries';

const idQuery = (prefix: 'ep' | 'evt') =>
  z.string().regex(idPattern(prefix), `Use an id that begins with ${prefix}_.`).optional();

const recordedStatus = z
  .enum(STATUSES)
  .exclude(['pending'], {
    error: ({ input }) =>
      input === 'pending'
        ? 'Pending deliveries are not listed: read their event, GET /v1/events/{id}.'
        : `Use one of: ${STATUSES.slice(1).join(', ')}.`,
  })
  .optional();

export const listDeliveries = operation({
  name: 'listDeliveries',
  method: 'get',
  path: '/v1/deliveries',
  tag,
  role: 'viewer',
  summary: 'List deliveries, newest first by creation',
  description:
    'With `endpoint_id` or `event_id` and no `tenant`, a key bound to no tenant searches all tenants. A delivery is listed once it has been attempted, held or ended; until then its event shows it as pending.',
  query: z.strictObject({
    ...tenantQuery,
    endpoint_id: idQuery('ep'),
    event_id: idQuery('evt'),
    type: eventTypeName.optional().meta({ description: 'An exact event type.' }),
    status: recordedStatus,
    ...rangeQuery,
    ...pageQuery,
  }),
  body: noBody,
  bodyIs: 'none',
  success: {
    status: 200,
    description: 'A page of deliveries, without their attempts.',
    schema: deliveryPage,
    example: { data: [deliverySummaryExample], next: CURSOR },
  },
  refusals: [
    {
      kind: 'invalid',
      detail: 'The query is not valid: correct the fields named in errors.',
      errors: [
        {
          path: 'status',
          message: 'Pending deliveries are not listed: read their event, GET /v1/events/{id}.',
        },
      ],
    },
  ],
});

export const getDelivery = operation({
  name: 'getDelivery',
  method: 'get',
  path: '/v1/deliveries/{id}',
  id: 'dlv',
  tag,
  role: 'viewer',
  summary: 'Read a delivery with its attempts',
  description: 'A pending delivery has none.',
  query: noQuery,
  body: noBody,
  bodyIs: 'none',
  success: { status: 200, description: 'The delivery.', schema: deliveryAnswer, example: deliveryExample },
});

const position = z.coerce
  .number({ error: 'Use a whole number from 1 on.' })
  .int('Use a whole number from 1 on.')
  .min(1, 'Use a whole number from 1 on.');

export const getDeliveryRequest = operation({
  name: 'getDeliveryRequest',
  method: 'get',
  path: '/v1/deliveries/{id}/request',
  id: 'dlv',
  tag,
  role: 'viewer',
  summary: 'Read the request of an attempt',
  description:
    'The request as it was sent: its exact URL and body, and the signatures that it had. Without parameters that of the newest attempt, or of the next one if none is recorded.',
  query: z.strictObject({
    cycle: position.optional().meta({ description: 'The cycle of the attempt. Default: the newest one that has it.' }),
    attempt: z
      .union([z.literal('next'), position], { error: 'Use the number of an attempt, or next.' })
      .optional()
      .meta({ description: 'The number of an attempt within its cycle, or `next` for the one that is to be made.' }),
  }),
  body: noBody,
  bodyIs: 'none',
  success: { status: 200, description: 'The request.', schema: requestAnswer, example: requestExample },
  refusals: [
    { kind: 'not_found', detail: 'There is no such attempt of this delivery: only the newest 50 are kept.' },
    { kind: 'conflict', detail: 'The endpoint of this delivery was deleted: its requests cannot be shown.' },
    { kind: 'gone', detail: "The event's payload has expired: publish the event again." },
  ],
});

export const sendDeliveryNow = operation({
  name: 'sendDeliveryNow',
  method: 'post',
  path: '/v1/deliveries/{id}/send-now',
  id: 'dlv',
  tag,
  role: 'admin',
  summary: 'Send a waiting delivery at once',
  description:
    'The next attempt of a delivery that is `waiting` is made now, in the same cycle. An open circuit lets it through as its probe, unless another probe is under way or the endpoint has failed since; a rate limit still applies. Not for a delivery with a slot, or of a paused endpoint.',
  query: noQuery,
  body: noBody,
  bodyIs: 'none',
  success: {
    status: 202,
    description: 'The delivery, whose message is on its way.',
    schema: deliveryAnswer,
    example: deliveryExample,
  },
  refusals: [
    { kind: 'conflict', detail: 'This delivery does not wait: its attempt is under way, or made within 15 minutes.' },
    { kind: 'conflict', detail: 'The endpoint is paused: set its state to active, and all that it holds is sent.' },
    { kind: 'conflict', detail: 'This delivery has ended: replay it.' },
    { kind: 'gone', detail: "The event's payload has expired: publish the event again." },
  ],
});

export const replayDelivery = operation({
  name: 'replayDelivery',
  method: 'post',
  path: '/v1/deliveries/{id}/replay',
  id: 'dlv',
  tag,
  role: 'admin',
  summary: 'Replay a finished delivery',
  description: 'Sends a delivered, dead or discarded delivery again at once, in a new cycle with all attempts.',
  query: noQuery,
  body: noBody,
  bodyIs: 'none',
  success: {
    status: 202,
    description: 'The delivery in its new cycle.',
    schema: deliveryAnswer,
    example: { ...deliveryExample, cycle: 2, attempt_count: 0 },
  },
  refusals: [
    { kind: 'conflict', detail: 'This delivery is still in progress: it is retried automatically.' },
    { kind: 'conflict', detail: 'The endpoint is disabled: set its state to active first, then replay.' },
    { kind: 'conflict', detail: 'The endpoint of this delivery was deleted: it cannot be sent again.' },
    { kind: 'gone', detail: "The event's payload has expired: publish the event again." },
  ],
});
