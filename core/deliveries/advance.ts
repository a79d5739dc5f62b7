import { isOperational } from '../event-types/name.ts';
import { HEARTBEAT_TENANT } from '../tenant.ts';
import type { ReceivedDelivery, UnsentDelivery } from './message.ts';
import {
  type AttemptEntry,
  claimedUntil,
  type DeadLetter,
  type DeathReason,
  type DeliveryNotice,
  type DeliveryRecord,
  type DiscardReason,
  isFinal,
  type Position,
  type RecordedStatus,
  type WaitingFor,
  withAttempt,
} from './record.ts';

/** Where a message moves its delivery. */
export interface Advance {
  message: UnsentDelivery;
  /** The message's own position. */
  position: Position;
  status: RecordedStatus;
  /** The position of the follow-up; the message's own if there is none. */
  next: Position;
  /** POSTs made in this cycle, this one included. */
  attemptCount: number;
  nowMs: number;
  attempt?: AttemptEntry;
  waitingFor?: WaitingFor;
  nextAttemptAt?: number;
  lastError?: string | null;
  discardReason?: DiscardReason;
  deathReason?: DeathReason;
  deadLetter?: DeadLetter;
  slot?: number;
  /** Default: as many as before in this cycle. */
  rounds?: number;
  /** Set for a move without a POST: nothing is written while another message claims the POST. */
  unlessClaimed?: { token: string | null };
}

/** Whether a message may move the record: never backwards, neither in steps nor in attempts, and never out of a final status. */
function mayAdvance(
  record: DeliveryRecord | undefined,
  { position, status, attemptCount }: Pick<Advance, 'position' | 'status' | 'attemptCount'>,
): boolean {
  if (record === undefined || record.next.cycle < position.cycle) return true;
  if (record.next.cycle > position.cycle) return false;
  // A receiver that acknowledged has the event, whatever happened to other copies.
  if (status === 'delivered') return record.status !== 'delivered';
  // A copy that was sent on is steps ahead of another one, which may have made this attempt meanwhile.
  if (attemptCount < record.attemptCount) return false;
  return !isFinal(record.status) && record.next.step <= position.step;
}

/** The record after an advance, or undefined when others have moved the delivery further. */
export function advanced(record: DeliveryRecord | undefined, advance: Advance): DeliveryRecord | undefined {
  const { message, position, status, nowMs } = advance;
  if (!mayAdvance(record, advance)) return undefined;
  const { unlessClaimed } = advance;
  if (unlessClaimed && claimedUntil(record, position.cycle, unlessClaimed.token, nowMs) !== undefined) return undefined;
  const sameCycle = record !== undefined && record.next.cycle === position.cycle;
  const recovering = record !== undefined && (record.recovering || record.status === 'dead');
  return {
    ...startOf(message, nowMs),
    ...(record && { createdAt: record.createdAt, revision: record.revision }),
    status,
    recovering: recovering && status !== 'delivered',
    outbox: outboxAfter(record?.outbox ?? [], advance, recovering),
    // A late 2xx wins, but does not move the position back.
    next: sameCycle && record.next.step > advance.next.step ? record.next : advance.next,
    attemptCount: advance.attemptCount,
    attempts: withAttempt(record?.attempts ?? [], advance.attempt),
    waitingFor: advance.waitingFor ?? null,
    nextAttemptAt: advance.nextAttemptAt ?? null,
    lastError: advance.lastError === undefined ? (record?.lastError ?? null) : advance.lastError,
    discardReason: advance.discardReason ?? null,
    deathReason: advance.deathReason ?? null,
    deadLetter: advance.deadLetter ?? null,
    adoptedMessageId: sameCycle ? record.adoptedMessageId : null,
    adoptedCopy: sameCycle ? record.adoptedCopy : null,
    adoptedSentAt: sameCycle ? record.adoptedSentAt : null,
    slot: advance.slot ?? null,
    rounds: advance.rounds ?? (sameCycle ? record.rounds : 0),
    deliveredAt: status === 'delivered' ? nowMs : null,
  };
}

/** Operational events emit none themselves, or they would loop; for heartbeats nobody is there to tell. */
function outboxAfter(
  before: DeliveryNotice[],
  { message, position, status, attemptCount, nowMs }: Advance,
  recovering: boolean,
): DeliveryNotice[] {
  const kind = status === 'dead' ? 'dead' : status === 'delivered' && recovering ? 'recovered' : undefined;
  if (kind === undefined || isOperational(message.eventType)) return before;
  if (message.tenant === HEARTBEAT_TENANT) return before;
  return [...before, { kind, cycle: position.cycle, at: nowMs, attempts: attemptCount }];
}

/** What a new cycle resets. */
const CYCLE_BEGUN = {
  status: 'retrying',
  waitingFor: null,
  nextAttemptAt: null,
  discardReason: null,
  deathReason: null,
  deadLetter: null,
  adoptedMessageId: null,
  adoptedCopy: null,
  adoptedSentAt: null,
  claim: null,
  slot: null,
  rounds: 0,
  deliveredAt: null,
} as const satisfies Partial<DeliveryRecord>;

/** The position of the next message of the same cycle. */
export function nextStep({ cycle, step }: Position): Position {
  return { cycle, step: step + 1 };
}

/** The record at the start of its next cycle. */
export function nextCycle(record: DeliveryRecord, next: Position, nowMs: number): DeliveryRecord {
  return {
    ...record,
    ...CYCLE_BEGUN,
    next,
    attemptCount: 0,
    recovering: record.recovering || record.status === 'dead',
    updatedAt: nowMs,
  };
}

/** A new record. */
export function startOf(message: UnsentDelivery, nowMs: number): DeliveryRecord {
  return {
    ...CYCLE_BEGUN,
    eventId: message.eventId,
    endpointId: message.endpointId,
    tenant: message.tenant,
    eventType: message.eventType,
    next: { cycle: message.cycle, step: message.step },
    attemptCount: message.attempt - 1,
    lastError: null,
    recovering: false,
    outbox: [],
    forced: message.forced === true,
    wide: message.wide === true,
    payload: { key: message.payload.key, offset: message.payload.offset, length: message.payload.length },
    acceptedAt: message.acceptedAt,
    expiresAt: message.expiresAt,
    traceId: message.traceId,
    attempts: [],
    revision: 0,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
}

/** The next message of a record. Its payload is not inline: the waiting room does not keep it. */
export function messageOf(record: DeliveryRecord): UnsentDelivery {
  return {
    v: 1,
    tenant: record.tenant,
    eventId: record.eventId,
    eventType: record.eventType,
    endpointId: record.endpointId,
    cycle: record.next.cycle,
    step: record.next.step,
    attempt: record.attemptCount + 1,
    payload: record.payload,
    acceptedAt: record.acceptedAt,
    expiresAt: record.expiresAt,
    traceId: record.traceId,
    ...(record.forced && { forced: true }),
    ...(record.wide && { wide: true }),
  };
}

/** A message as the dead letter of its delivery. */
export function deadLetterOf({ messageId, message, firstReceivedAt, sentAt }: ReceivedDelivery): DeadLetter {
  return { messageId, copy: message.copy, firstReceivedAt, sentAt };
}

/** The record with a successor as its dead letter, at the successor's step, which is the furthest. */
export function withDeadLetter(record: DeliveryRecord, successor: ReceivedDelivery, nowMs: number): DeliveryRecord {
  const next = { cycle: record.next.cycle, step: successor.message.step };
  return { ...record, deadLetter: deadLetterOf(successor), next, updatedAt: nowMs };
}
