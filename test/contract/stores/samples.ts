import { type AuditEntry, auditEntry, SYSTEM } from '../../../core/audit/audit.ts';
import { startOf } from '../../../core/deliveries/advance.ts';
import type { AttemptEntry, DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { EventRecord } from '../../../core/events/event.ts';
import { newId } from '../../../core/ids.ts';
import type { Job } from '../../../core/jobs/job.ts';
import type { Subscription } from '../../../core/subscriptions/subscription.ts';
import { aMessage, DAY, START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';

export const random = seededRandom(11);

/** An audit entry at a time, with an id of that time. */
export function anEntry(changes: Partial<AuditEntry> = {}): AuditEntry {
  const { at = START } = changes;
  const what = { actor: SYSTEM, action: 'endpoint.updated', object: 'ep_1', tenant: 'acme' };
  return { ...auditEntry(what, { clock: () => at, random }), ...changes };
}

/** A delivery's record after its first write, of a separate event. */
export function aRecord(changes: Partial<DeliveryRecord> = {}): DeliveryRecord {
  const at = changes.createdAt ?? START;
  const eventId = newId('evt', at, random);
  return { ...startOf(aMessage({ eventId }), at), revision: 1, ...changes };
}

export function anAttempt(changes: Partial<AttemptEntry> = {}): AttemptEntry {
  return {
    number: 1,
    cycle: 1,
    at: START,
    durationMs: 123,
    statusCode: 200,
    errorCode: null,
    responseExcerpt: '',
    ...changes,
  };
}

/** An event accepted at `acceptedAt`, with an id of that time. */
export function anEvent(changes: Partial<EventRecord> = {}): EventRecord {
  const acceptedAt = changes.acceptedAt ?? START;
  return {
    id: newId('evt', acceptedAt, random),
    tenant: 'acme',
    type: 'order.created',
    timestamp: new Date(acceptedAt).toISOString(),
    acceptedAt,
    sizeBytes: 1,
    payload: { key: 'k', offset: 0, length: 1 },
    requestHash: 'h',
    nonce: 'n',
    traceId: 't',
    expiresAt: acceptedAt + 30 * DAY,
    fanout: {},
    ...changes,
  };
}

export function aSubscription(changes: Partial<Subscription> = {}): Subscription {
  const pattern = changes.pattern ?? 'order.created';
  return {
    tenant: 'acme',
    pattern,
    endpointId: 'ep_1',
    patterns: [pattern],
    filter: null,
    version: 1,
    createdAt: START,
    ...changes,
  };
}

/** A job started at `createdAt`, with an id of that time. */
export function aJob(changes: Partial<Job> = {}): Job {
  const createdAt = changes.createdAt ?? START;
  return {
    id: newId('job', createdAt, random),
    kind: 'recover',
    tenant: 'acme',
    params: { endpointId: null, eventType: null, range: { from: null, to: createdAt } },
    createdBy: null,
    expected: null,
    status: 'running',
    cursor: { part: 0, after: null },
    found: 0,
    sent: 0,
    skipped: 0,
    error: null,
    faults: 0,
    lease: null,
    turn: 0,
    createdAt,
    updatedAt: createdAt,
    expiresAt: createdAt + 30 * DAY,
    revision: 1,
    ...changes,
  };
}
