import * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import {
  type AttemptEntry,
  DEATH_REASONS,
  type DeathReason,
  type DeliveryRecord,
  DISCARD_REASONS,
  type DiscardReason,
  STATUSES,
  WAITING_FOR,
  type WaitingFor,
} from '../../../core/deliveries/record.ts';
import {
  ATTEMPT_ERROR_CODES,
  ATTEMPT_ERROR_DETAILS,
  type AttemptErrorCode,
  type AttemptErrorDetail,
  EXCERPT_BYTES_FAILURE,
  EXCERPT_BYTES_SUCCESS,
  RESPONSE_HEADER_LENGTH,
  RESPONSE_HEADERS,
  RESPONSE_HEADERS_MAX,
} from '../../../core/deliveries/sender.ts';
import { plainTexts } from '../../../core/dictionary.ts';
import type { EventRecord } from '../../../core/events/event.ts';
import { type ShownRequest, UNSIGNED } from '../../../core/history/request-of-delivery.ts';
import { type DeadLetterLife, WHEREABOUTS, whereaboutsOf } from '../../../core/history/whereabouts.ts';
import { deliveryId } from '../../../core/ids.ts';
import { count, pageOf, responseSchemas, time } from '../common-schemas.ts';

/** What each reason means, for the document: complete by type. */
const WAITS: Record<WaitingFor, string> = {
  backoff: 'the time of the next attempt',
  circuit: 'the circuit to close, or to let it through as the probe',
  paused: 'the endpoint to be resumed',
  rate_limit: 'its slot under the rate limit',
};
const DISCARDS: Record<DiscardReason, string> = {
  endpoint_deleted: 'the endpoint was deleted',
  endpoint_disabled: 'the endpoint was disabled',
  unsubscribed: 'the endpoint no longer subscribes to the event type',
};
const DEATHS: Record<DeathReason, string> = {
  exhausted: 'the last attempt failed',
  permanent_failure: 'an answer that the retry policy does not retry',
  gone: 'the endpoint answered 410, which disabled it',
  expired: 'the next attempt would come too close to the expiry of the event',
  our_fault: 'its message failed on our side, however often it was sent again',
  filter: "the endpoint's filter takes more steps than the event allows; nothing was sent",
};

const ERRORS: Record<AttemptErrorCode, string> = {
  dns_error: 'the host name could not be resolved',
  connection_refused: 'nothing listens on the port',
  connection_reset: 'the connection was closed before an answer',
  network_unreachable: 'there is no way to the address',
  timeout: 'no answer within `timeout_seconds`',
  tls_error: 'no trusted TLS connection',
  blocked_address: 'an address that webhooks may not go to',
  invalid_response: 'the answer is not valid HTTP, or over its limits',
  http_status: 'an answer that is not a 2xx',
};
const DETAILS: Record<AttemptErrorDetail, string> = {
  expired: 'its certificate or one of its chain has expired',
  wrong_name: 'no subject alternative name of its certificate is that of the URL; the common name is ignored',
  incomplete_chain: 'its certificates lead to no trusted authority, most often because an intermediate is missing',
  self_signed: 'its certificate or its authority is self-signed',
  protocol: 'no TLS 1.2 or 1.3 with a common cipher, or no TLS at all',
  client_certificate_wanted: 'it wants a client certificate',
};

function listOf(intro: string, meanings: Record<string, string>): string {
  const lines = Object.entries(meanings).map(([name, meaning]) => `\`${name}\`: ${meaning}.`);
  return [intro, ...lines].join(' ');
}

const attempt = z
  .object({
    number: count.meta({ description: 'The number of the attempt within the cycle.' }),
    cycle: count,
    at: time,
    duration_ms: count,
    status_code: count.nullable(),
    error_code: z
      .enum(ATTEMPT_ERROR_CODES)
      .nullable()
      .meta({ description: listOf('Null for a 2xx.', ERRORS) }),
    error_detail: z
      .enum(ATTEMPT_ERROR_DETAILS)
      .nullable()
      .meta({ description: listOf('Null unless `tls_error`, and if the reason is not known.', DETAILS) }),
    url: z
      .string()
      .nullable()
      .meta({ description: 'What was requested, by the URL of that time. Null for attempts before it was kept.' }),
    remote_ip: z
      .string()
      .nullable()
      .meta({ description: 'The address that it was sent to; null without a connection.' }),
    response_headers: z.record(z.string(), z.string()).meta({
      description: `The first ${RESPONSE_HEADERS_MAX} that the answer had of ${RESPONSE_HEADERS.map((name) => `\`${name}\``).join(', ')}: each at most ${RESPONSE_HEADER_LENGTH} characters.`,
    }),
    response_excerpt: z.string().meta({
      description: `The start of the answer as text: at most ${EXCERPT_BYTES_SUCCESS} bytes of a 2xx, and ${EXCERPT_BYTES_FAILURE} of another, less what its headers and a long URL take.`,
    }),
  })
  .register(responseSchemas, { id: 'Attempt' });

export const requestAnswer = z
  .object({
    delivery_id: z.string(),
    attempt: z.object({ cycle: count, number: count, at: time }).nullable().meta({
      description: 'The attempt whose request it is; null for the next one, as it would be made now.',
    }),
    method: z.literal('POST'),
    url: z.string(),
    headers: plainTexts.meta({
      description:
        "Without the signatures, and without `traceparent`, whose span is not kept. Values of the endpoint's own headers are `[set]`. They are those of the endpoint as it is now.",
    }),
    signatures: plainTexts.nullable().meta({
      description:
        'The headers that carry signatures, with the time of the attempt; null for the reason in `unsigned`.',
    }),
    unsigned: z.enum(UNSIGNED).nullable().meta({
      description:
        '`secret_unknown`: the endpoint has been changed since that attempt, after a rotation, so which secrets signed it is not known. `not_allowed`: a receiver would accept it, so only those who may replay see the signature of the next attempt.',
    }),
    body: z.string().meta({ description: 'The exact text of the body.' }),
  })
  .register(responseSchemas, { id: 'DeliveryRequest' });

const deliveryFields = {
  id: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  endpoint_id: z.string(),
  tenant: z.string(),
  status: z.enum(STATUSES),
  waiting_for: z
    .enum(WAITING_FOR)
    .nullable()
    .meta({ description: listOf('Null unless waiting.', WAITS) }),
  cycle: count.meta({ description: 'A run of attempts: a replay or redrive starts the next.' }),
  attempt_count: count.meta({ description: 'Attempts made in this cycle.' }),
  next_attempt_at: time.nullable(),
  last_error: z.string().nullable().meta({
    description: '`our_fault`: its message failed on our side. Unless dead, it is sent again by itself.',
  }),
  discard_reason: z
    .enum(DISCARD_REASONS)
    .nullable()
    .meta({ description: listOf('Null unless discarded.', DISCARDS) }),
  death_reason: z
    .enum(DEATH_REASONS)
    .nullable()
    .meta({ description: listOf('Null unless dead.', DEATHS) }),
  in_dlq: z.boolean().meta({ description: 'Whether its message is in the dead-letter queue.' }),
  created_at: time,
  updated_at: time,
  delivered_at: time.nullable(),
};

export const deliverySummary = z.object(deliveryFields).register(responseSchemas, { id: 'DeliverySummary' });
export const deliveryAnswer = z
  .object({
    ...deliveryFields,
    step: count.meta({ description: 'Rises with every message of the cycle.' }),
    whereabouts: z.enum(WHEREABOUTS).nullable().meta({ description: 'Where its message is.' }),
    claim: z
      .object({ message_id: z.string(), until: time })
      .nullable()
      .meta({ description: 'The SQS message that may be making its POST now.' }),
    attempts: z.array(attempt).meta({ description: 'The newest 50, oldest first.' }),
  })
  .register(responseSchemas, { id: 'Delivery' });
export const deliveryPage = pageOf(deliverySummary, 'DeliveryPage');

type Summary = z.output<typeof deliverySummary>;
type Delivery = z.output<typeof deliveryAnswer>;

/** A recorded delivery, as lists show it. */
export function summaryOnWire(record: DeliveryRecord, life: DeadLetterLife): Summary {
  const isTimed = record.status === 'retrying' || record.waitingFor === 'backoff' || record.waitingFor === 'rate_limit';
  return {
    id: deliveryId(record.eventId, record.endpointId),
    event_id: record.eventId,
    event_type: record.eventType,
    endpoint_id: record.endpointId,
    tenant: record.tenant,
    status: record.status,
    waiting_for: record.waitingFor,
    cycle: record.next.cycle,
    attempt_count: record.attemptCount,
    next_attempt_at: isTimed && record.nextAttemptAt !== null ? isoTime(record.nextAttemptAt) : null,
    last_error: record.lastError,
    discard_reason: record.discardReason,
    death_reason: record.deathReason,
    in_dlq: whereaboutsOf(record, life) === 'dead_letter_queue',
    created_at: isoTime(record.createdAt),
    updated_at: isoTime(record.updatedAt),
    delivered_at: record.deliveredAt === null ? null : isoTime(record.deliveredAt),
  };
}

/** A recorded delivery, with all its attempts. */
export function deliveryOnWire(record: DeliveryRecord, attempts: AttemptEntry[], life: DeadLetterLife): Delivery {
  const { claim } = record;
  const isClaimed = claim !== null && claim.cycle === record.next.cycle && claim.until > life.nowMs;
  return {
    ...summaryOnWire(record, life),
    step: record.next.step,
    whereabouts: whereaboutsOf(record, life),
    claim: isClaimed ? { message_id: claim.messageId, until: isoTime(claim.until) } : null,
    attempts: attempts.map(attemptOnWire),
  };
}

/** A delivery that the fan-out has noted and that has no record yet, as lists show it. */
export function pendingSummaryOnWire(event: EventRecord, endpointId: string): Summary {
  return {
    id: deliveryId(event.id, endpointId),
    event_id: event.id,
    event_type: event.type,
    endpoint_id: endpointId,
    tenant: event.tenant,
    status: 'pending',
    waiting_for: null,
    cycle: 1,
    attempt_count: 0,
    next_attempt_at: null,
    last_error: null,
    discard_reason: null,
    death_reason: null,
    in_dlq: false,
    created_at: isoTime(event.acceptedAt),
    updated_at: isoTime(event.acceptedAt),
    delivered_at: null,
  };
}

/** A delivery that the fan-out has noted and that has no record yet. */
export function pendingOnWire(event: EventRecord, endpointId: string): Delivery {
  const summary = pendingSummaryOnWire(event, endpointId);
  return { ...summary, step: 1, whereabouts: 'delivery_queue', claim: null, attempts: [] };
}

function attemptOnWire(entry: AttemptEntry): z.output<typeof attempt> {
  return {
    number: entry.number,
    cycle: entry.cycle,
    at: isoTime(entry.at),
    duration_ms: entry.durationMs,
    status_code: entry.statusCode,
    error_code: entry.errorCode,
    error_detail: entry.errorDetail ?? null,
    url: entry.url ?? null,
    remote_ip: entry.remoteIp ?? null,
    response_headers: { ...entry.responseHeaders },
    response_excerpt: entry.responseExcerpt,
  };
}

/** The request of a delivery's attempt. */
export function requestOnWire(id: string, shown: ShownRequest): z.output<typeof requestAnswer> {
  const { attempt, ...others } = shown;
  return {
    delivery_id: id,
    attempt: attempt && { cycle: attempt.cycle, number: attempt.number, at: isoTime(attempt.at) },
    method: 'POST',
    ...others,
  };
}
