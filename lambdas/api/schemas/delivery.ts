import * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import { type AttemptEntry, DEATH_REASONS, type DeliveryRecord, STATUSES } from '../../../core/deliveries/record.ts';
import type { EventRecord } from '../../../core/events/event.ts';
import { deliveryId } from '../../../core/ids.ts';
import { answerSchemas, count, pageOf, time } from './common.ts';

const attempt = z
  .object({
    number: count.meta({ description: 'Counts within the cycle.' }),
    cycle: count,
    at: time,
    duration_ms: count,
    status_code: count.nullable(),
    error_code: z
      .enum([
        'dns_error',
        'connection_refused',
        'connection_reset',
        'network_unreachable',
        'timeout',
        'tls_error',
        'blocked_address',
        'invalid_response',
        'http_status',
      ])
      .nullable(),
    response_excerpt: z.string(),
  })
  .register(answerSchemas, { id: 'Attempt' });

const deliveryFields = {
  id: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  endpoint_id: z.string(),
  tenant: z.string(),
  status: z.enum(STATUSES),
  waiting_for: z.enum(['backoff', 'circuit', 'paused', 'rate_limit']).nullable(),
  cycle: count.meta({ description: 'Runs of attempts: a replay or redrive starts the next.' }),
  attempt_count: count.meta({ description: 'Attempts made in this cycle.' }),
  next_attempt_at: time.nullable(),
  last_error: z.string().nullable(),
  discard_reason: z.enum(['endpoint_deleted', 'endpoint_disabled', 'unsubscribed']).nullable(),
  death_reason: z.enum(DEATH_REASONS).nullable().meta({
    description:
      "Null unless dead. `filter`: its endpoint's filter takes more steps than the event allows; it was never sent.",
  }),
  in_dlq: z.boolean().meta({ description: 'Whether its message is in the dead-letter queue.' }),
  created_at: time,
  updated_at: time,
  delivered_at: time.nullable(),
};

export const deliverySummary = z.object(deliveryFields).register(answerSchemas, { id: 'DeliverySummary' });
export const deliveryAnswer = z
  .object({ ...deliveryFields, attempts: z.array(attempt).meta({ description: 'The newest 50, the oldest first.' }) })
  .register(answerSchemas, { id: 'Delivery' });
export const deliveryPage = pageOf(deliverySummary, 'DeliveryPage');

type Summary = z.output<typeof deliverySummary>;

/** What decides whether a dead letter is still in its queue. */
export interface DeadLetterLife {
  nowMs: number;
  retentionMs: number;
}

/** A recorded delivery, without its attempts. */
export function deliveryOnWire(record: DeliveryRecord, { nowMs, retentionMs }: DeadLetterLife): Summary {
  const isOpen = record.status === 'retrying' || record.waitingFor === 'backoff';
  const letter = record.status === 'dead' ? record.deadLetter : null;
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
    next_attempt_at: isOpen && record.nextAttemptAt !== null ? isoTime(record.nextAttemptAt) : null,
    last_error: record.lastError,
    discard_reason: record.discardReason,
    death_reason: record.deathReason,
    in_dlq: letter !== null && nowMs < letter.sentAt + retentionMs,
    created_at: isoTime(record.createdAt),
    updated_at: isoTime(record.updatedAt),
    delivered_at: record.deliveredAt === null ? null : isoTime(record.deliveredAt),
  };
}

/** A delivery that the fan-out has noted and no attempt has recorded. */
export function pendingOnWire(event: EventRecord, endpointId: string): Summary {
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

/** One POST, as people see it. */
export function attemptOnWire(entry: AttemptEntry): z.output<typeof attempt> {
  return {
    number: entry.number,
    cycle: entry.cycle,
    at: isoTime(entry.at),
    duration_ms: entry.durationMs,
    status_code: entry.statusCode,
    error_code: entry.errorCode,
    response_excerpt: entry.responseExcerpt,
  };
}
