import { isoTime } from '../clock.ts';
import type { DeliveryNotice, DeliveryRecord } from '../deliveries/record.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { EndpointHealth, EndpointNotice } from '../endpoints/health.ts';
import { OPERATIONAL_PREFIX } from '../event-types/name.ts';
import { deliveryId, eventIdForKey } from '../ids.ts';

/** An operational event of the tenant that it concerns. docs/operational-events.md describes each for users. */
export interface OperationalEvent {
  /** Derived from what happened: published again, it is the same event. */
  id: string;
  tenant: string;
  type: string;
  /** When it happened, in ms since the epoch. */
  at: number;
  /** The trace that it belongs to; undefined starts a new one. */
  traceId?: string;
  data: Readonly<Record<string, string | number | null | readonly string[]>>;
}

/** A producer's idempotency key cannot hold a control character, so none maps to the same id. */
const NOT_A_PRODUCERS = '\u0000';

/** The id of the event about this. */
export const idOf = (tenant: string, ...what: (string | number)[]) =>
  eventIdForKey(tenant, [NOT_A_PRODUCERS, ...what].join('\n'));

/** The event for a notice of an endpoint. Its URL may hold a secret, so only the host is included. */
export function endpointEvent(endpoint: Endpoint, health: EndpointHealth, notice: EndpointNotice): OperationalEvent {
  const { id: endpointId, tenant, url } = endpoint;
  return {
    id: idOf(tenant, 'endpoint', endpointId, notice.type, notice.at),
    tenant,
    type: `${OPERATIONAL_PREFIX}endpoint.${notice.type}`,
    at: notice.at,
    data: { endpoint_id: endpointId, host: new URL(url).host, ...detailsOf(endpoint, health, notice) },
  };
}

function detailsOf({ disabledReason }: Endpoint, health: EndpointHealth, notice: EndpointNotice) {
  switch (notice.type) {
    case 'circuit_opened':
      return { consecutive_failures: notice.failures };
    case 'circuit_closed':
      return {};
    case 'disabled':
      return {
        reason: disabledReason ?? notice.reason,
        consecutive_failures: health.consecutiveFailures,
        failing_since: health.failingSince === null ? null : isoTime(health.failingSince),
      };
    case 'filter_failing':
      return { reason: notice.reason };
  }
}

/** The event for a notice of a delivery. The error is the record's current one. */
export function deliveryEvent(record: DeliveryRecord, notice: DeliveryNotice): OperationalEvent {
  const { eventId, endpointId, tenant, eventType, traceId } = record;
  return {
    id: idOf(tenant, 'delivery', eventId, endpointId, notice.kind, notice.cycle, notice.at),
    tenant,
    type: `${OPERATIONAL_PREFIX}delivery.${notice.kind}`,
    at: notice.at,
    traceId,
    data: {
      delivery_id: deliveryId(eventId, endpointId),
      event_id: eventId,
      event_type: eventType,
      endpoint_id: endpointId,
      cycle: notice.cycle,
      attempt_count: notice.attempts ?? attemptsOf(record, notice.cycle),
      ...(notice.kind === 'dead' && { last_error: record.lastError }),
    },
  };
}

/** For notices of versions that did not note it: the record counts its current cycle's attempts, and lists earlier ones. */
function attemptsOf({ next, attemptCount, attempts }: DeliveryRecord, cycle: number): number {
  if (next.cycle === cycle) return attemptCount;
  return Math.max(0, ...attempts.filter((attempt) => attempt.cycle === cycle).map(({ number }) => number));
}
