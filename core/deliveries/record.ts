import type { PayloadRef } from '../events/event.ts';
import type { AttemptErrorCode } from './sender.ts';

export const STATUSES = ['pending', 'retrying', 'waiting', 'delivered', 'dead', 'discarded'] as const;
/** `pending` is never stored: it is an event's matched endpoint that has no record yet. */
export type DeliveryStatus = (typeof STATUSES)[number];
export type RecordedStatus = Exclude<DeliveryStatus, 'pending'>;

/** Whether a text is a status that a record can have. */
export function isRecordedStatus(text: string): text is RecordedStatus {
  return text !== 'pending' && STATUSES.some((status) => status === text);
}

/**
 * The life of a delivery: which status may follow which within a cycle. A replay or redrive starts the next cycle from
 * any final status; within a cycle nothing leaves a final status, except that a 2xx wins.
 */
export const TRANSITIONS: Record<DeliveryStatus, readonly RecordedStatus[]> = {
  pending: ['delivered', 'retrying', 'waiting', 'dead', 'discarded'],
  retrying: ['delivered', 'retrying', 'waiting', 'dead', 'discarded'],
  waiting: ['retrying', 'delivered', 'waiting', 'dead', 'discarded'],
  delivered: [],
  dead: ['delivered'],
  discarded: ['delivered'],
};

export const FINAL_STATUSES = ['delivered', 'dead', 'discarded'] as const;

/** Whether a cycle is over. */
export function isFinal(status: DeliveryStatus): boolean {
  return FINAL_STATUSES.some((final) => final === status);
}

export type WaitingFor = 'backoff' | 'circuit' | 'paused' | 'rate_limit';
export type DiscardReason = 'endpoint_deleted' | 'endpoint_disabled' | 'unsubscribed';
export const DEATH_REASONS = ['exhausted', 'permanent_failure', 'gone', 'expired', 'our_fault', 'filter'] as const;
/** Why a delivery is dead, besides the error code of its last attempt. `filter`: its endpoint's filter could not be decided. */
export type DeathReason = (typeof DEATH_REASONS)[number];

/** Where a delivery stands: a cycle of attempts, and within it a step that rises with every hand-over. */
export interface Position {
  cycle: number;
  step: number;
}

/** One POST, as people see it. */
export interface AttemptEntry {
  number: number;
  cycle: number;
  at: number;
  durationMs: number;
  statusCode: number | null;
  errorCode: AttemptErrorCode | null;
  responseExcerpt: string;
}

/** The dead letter of a dead delivery: SQS keeps this id when the redrive policy moves the message. */
export interface DeadLetter {
  messageId: string;
  /** The `copy` of its body. */
  copy: string;
  /** SQS's clock. A message sent after this and with another id has been redriven. */
  firstReceivedAt: number;
  /** SQS's clock: the dead-letter queue counts its retention from here. */
  sentAt: number;
}

/** The POST that one message holds for itself, until its function must have ended. */
export interface Claim {
  messageId: string;
  cycle: number;
  step: number;
  until: number;
  /** Drawn for this claim: tells it from that of another invocation with the same message. */
  token: string;
}

/** What people are told of a delivery, and have not been told yet. */
export interface DeliveryNotice {
  kind: 'dead' | 'recovered';
  cycle: number;
  at: number;
}

/** A delivery as the ledger keeps it, made by its first attempt. Times in ms since the epoch. */
export interface DeliveryRecord {
  eventId: string;
  endpointId: string;
  tenant: string;
  eventType: string;
  status: RecordedStatus;
  waitingFor: WaitingFor | null;
  /** The position that a living message has reached; while waiting, that of the message to be sent. */
  next: Position;
  /** POSTs made in this cycle. */
  attemptCount: number;
  nextAttemptAt: number | null;
  lastError: string | null;
  discardReason: DiscardReason | null;
  /** Null unless dead. */
  deathReason: DeathReason | null;
  /** Null too when dead of its filter: then no message of it was ever sent. */
  deadLetter: DeadLetter | null;
  /** The redriven message that is this cycle's first, whatever its body says. */
  adoptedMessageId: string | null;
  /** The `copy` of that message's body, by which SQS's moves of it are known: each gives it another id. */
  adoptedCopy: string | null;
  /** When SQS sent it, by SQS's clock. */
  adoptedSentAt: number | null;
  claim: Claim | null;
  /** The rate slot that its delayed copy carries; null otherwise. Such a delivery is not in the waiting room. */
  slot: number | null;
  /** Whether an earlier cycle ended dead, and none since was acknowledged. */
  recovering: boolean;
  outbox: DeliveryNotice[];
  forced: boolean;
  payload: PayloadRef;
  acceptedAt: number;
  expiresAt: number;
  traceId: string;
  attempts: AttemptEntry[];
  /** Rises with every write: writers compare and set. */
  revision: number;
  createdAt: number;
  updatedAt: number;
  deliveredAt: number | null;
}

/** How many attempts are kept: the newest. */
export const ATTEMPTS_KEPT = 50;

/**
 * The history with one more attempt, in the order of time, the newest kept. An attempt that stands there already is not
 * added again. The record of a slow write may come after that of the next attempt.
 */
export function withAttempt(attempts: AttemptEntry[], entry: AttemptEntry | undefined): AttemptEntry[] {
  const isSame = (other: AttemptEntry) =>
    other.cycle === entry?.cycle && other.number === entry.number && other.at === entry.at;
  if (entry === undefined || attempts.some(isSame)) return attempts;
  return [...attempts, entry].sort((one, other) => one.at - other.at).slice(-ATTEMPTS_KEPT);
}

/**
 * Until when another invocation holds the POST of this cycle; undefined when none does. What waits for that end is not
 * acknowledged meanwhile: the holder may be this same message under another id (SQS gives one to what it moves back), so
 * this may be the only copy.
 * @param token of the claim that was taken in this invocation; null when it took none.
 */
export function claimedUntil(
  record: DeliveryRecord | undefined,
  cycle: number,
  token: string | null,
  nowMs: number,
): number | undefined {
  const claim = record?.claim ?? null;
  if (claim === null || claim.until <= nowMs || claim.cycle !== cycle || claim.token === token) return undefined;
  return claim.until;
}
