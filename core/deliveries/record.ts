import * as z from 'zod';
import type { PayloadRef } from '../events/event.ts';
import type { AttemptErrorCode, AttemptErrorDetail, AttemptResult } from './sender.ts';

export const STATUSES = ['pending', 'retrying', 'waiting', 'delivered', 'dead', 'discarded'] as const;
/** `pending` is never stored: the fan-out has noted the endpoint, and there is no record yet. */
export type DeliveryStatus = (typeof STATUSES)[number];
export type RecordedStatus = Exclude<DeliveryStatus, 'pending'>;

/** Whether a text is a stored status. */
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
export type FinalStatus = (typeof FINAL_STATUSES)[number];

/** Whether a cycle is over. */
export function isFinal(status: DeliveryStatus): status is FinalStatus {
  return FINAL_STATUSES.some((final) => final === status);
}

export const WAITING_FOR = ['backoff', 'circuit', 'paused', 'rate_limit'] as const;
export type WaitingFor = (typeof WAITING_FOR)[number];
export const DISCARD_REASONS = ['endpoint_deleted', 'endpoint_disabled', 'unsubscribed'] as const;
export type DiscardReason = (typeof DISCARD_REASONS)[number];
export const DEATH_REASONS = ['exhausted', 'permanent_failure', 'gone', 'expired', 'our_fault', 'filter'] as const;
/**
 * Why a delivery is dead. `our_fault`: five receives failed on our side, in each of its rounds. `filter`: evaluating its filter
 * takes too many steps.
 */
export type DeathReason = (typeof DEATH_REASONS)[number];

/** A position in a delivery: the cycle of attempts, and the step, which rises with every message of the cycle. */
export interface Position {
  cycle: number;
  step: number;
}

/** One POST, as users see it. */
export interface AttemptEntry {
  number: number;
  cycle: number;
  at: number;
  durationMs: number;
  statusCode: number | null;
  errorCode: AttemptErrorCode | null;
  /** Only for a `tls_error` whose reason is known. */
  errorDetail?: AttemptErrorDetail | undefined;
  /** What was requested; undefined for attempts of earlier versions. */
  url?: string | undefined;
  /** The address that it was sent to; undefined without a connection. */
  remoteIp?: string | undefined;
  /** Chosen headers of the answer; undefined if it had none of them. */
  responseHeaders?: Readonly<Record<string, string>> | undefined;
  responseExcerpt: string;
}

/** The dead letter of a delivery, as stored. SQS keeps its id when the redrive policy moves it. */
export const storedDeadLetter = z.object({
  messageId: z.string(),
  /** The `copy` of its body. */
  copy: z.string(),
  /** SQS's clock. A message with its body and another id that was sent after this has been redriven. */
  firstReceivedAt: z.number(),
  /** SQS's clock. The retention of the dead-letter queue counts from here. */
  sentAt: z.number(),
});
export type DeadLetter = z.output<typeof storedDeadLetter>;

/** One message's reservation of the POST, as stored, until its invocation must have ended. */
export const storedClaim = z.object({
  messageId: z.string(),
  cycle: z.number(),
  step: z.number(),
  until: z.number(),
  /** Random: distinguishes it from a claim that another invocation took for the same message. */
  token: z.string(),
});
export type Claim = z.output<typeof storedClaim>;

/** An operational event about a delivery that is still to be published, as stored. */
export const storedNotice = z.object({
  kind: z.enum(['dead', 'recovered']),
  cycle: z.number(),
  at: z.number(),
  /** Attempts made in the cycle by then. Absent in those of earlier versions, whose records have all attempts. */
  attempts: z.number().exactOptional(),
});
export type DeliveryNotice = z.output<typeof storedNotice>;

/** A delivery as the ledger keeps it, from its first attempt on. Times in ms since the epoch. */
export interface DeliveryRecord {
  eventId: string;
  endpointId: string;
  tenant: string;
  eventType: string;
  status: RecordedStatus;
  waitingFor: WaitingFor | null;
  /** The position that a live message has reached; while waiting, that of the message to be sent. */
  next: Position;
  /** POSTs made in this cycle. */
  attemptCount: number;
  nextAttemptAt: number | null;
  lastError: string | null;
  discardReason: DiscardReason | null;
  /** Null unless dead. */
  deathReason: DeathReason | null;
  /** Null unless dead, and for the death reason `filter`: no message was ever sent then. */
  deadLetter: DeadLetter | null;
  /** The redriven message that is the first of this cycle, whatever step its body has. */
  adoptedMessageId: string | null;
  /** The `copy` of its body: SQS gives it another id each time it moves it. */
  adoptedCopy: string | null;
  /** When SQS sent it, by SQS's clock. */
  adoptedSentAt: number | null;
  claim: Claim | null;
  /** The slot of its delayed copy; such a delivery is not in the waiting room. Null otherwise. */
  slot: number | null;
  /** Whether an earlier cycle ended dead and no cycle since has been delivered. */
  recovering: boolean;
  outbox: DeliveryNotice[];
  forced: boolean;
  /** How often its dead letter was sent again in this cycle, because its receives failed on our side. */
  rounds: number;
  /** Whether its event is wide. */
  wide: boolean;
  payload: PayloadRef;
  acceptedAt: number;
  expiresAt: number;
  traceId: string;
  /** The newest attempts: the ledger may keep older ones apart, which `attemptsOf` reads. */
  attempts: AttemptEntry[];
  /** Rises with every write, which compares and sets. */
  revision: number;
  createdAt: number;
  updatedAt: number;
  deliveredAt: number | null;
}

/** A POST as an entry of the history. */
export function attemptEntry(result: AttemptResult, { cycle }: Pick<Position, 'cycle'>, number: number): AttemptEntry {
  const { at, durationMs, statusCode, errorCode, errorDetail, url, remoteIp, responseHeaders, responseExcerpt } =
    result;
  return {
    ...{ number, cycle, at, durationMs, statusCode, errorCode },
    ...(errorDetail && { errorDetail }),
    ...(url !== undefined && { url }),
    ...(remoteIp !== undefined && { remoteIp }),
    ...(responseHeaders && { responseHeaders }),
    responseExcerpt,
  };
}

/** How many attempts are shown: the newest. A record has no more. */
export const ATTEMPTS_KEPT = 50;

/**
 * The history with one more attempt, in the order of time, the newest kept. An attempt is not added twice. A slow write may
 * arrive after the next attempt's.
 */
export function withAttempt(attempts: AttemptEntry[], entry: AttemptEntry | undefined): AttemptEntry[] {
  const isSame = (other: AttemptEntry) =>
    other.cycle === entry?.cycle && other.number === entry.number && other.at === entry.at;
  if (entry === undefined || attempts.some(isSame)) return attempts;
  return [...attempts, entry].sort((one, other) => one.at - other.at).slice(-ATTEMPTS_KEPT);
}

/** All attempts of some histories, each once, in the order of time, the newest kept. */
export function allAttempts(...histories: AttemptEntry[][]): AttemptEntry[] {
  return histories.flat().reduce<AttemptEntry[]>(withAttempt, []);
}

/**
 * Until when another message claims the POST of this cycle; undefined if none does. A message that waits for a claim to
 * end is not acknowledged: the claim may be its own, from before SQS moved it and gave it a new id, so it may be the
 * only copy.
 * @param token of the claim that this message holds; null if it holds none.
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
