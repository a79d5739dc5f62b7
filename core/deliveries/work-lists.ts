import { DAY_MS, HOUR_MS, MINUTE_MS } from '../durations.ts';
import type { TimeRange } from '../listing/page.ts';
import type { DeliveryKey } from './ledger.ts';
import type { DeliveryRecord } from './record.ts';

/**
 * The waiting room: deliveries due later than SQS can delay, by time, and those held, by endpoint. By time also those that have a
 * message: should it be lost, they are due when it is overdue.
 */
export interface WaitingRoom {
  /** Up to `limit` deliveries of a shard due before `untilMs`, the earliest first, from the position `after` on. */
  due(shard: number, untilMs: number, limit: number, after: string | null): Promise<WaitingPage>;
  /** Up to `limit` deliveries held for an endpoint in a shard, of events accepted before `beforeMs`, the oldest first. */
  held(endpointId: string, shard: number, limit: number, beforeMs: number): Promise<WaitingPage>;
}

export interface WaitingPage {
  keys: DeliveryKey[];
  next: string | null;
}

/** A message counts as lost when it is overdue by this long: its five receives, and what follows them, take less. */
const OVERDUE_MS_MIN = HOUR_MS;
/** So that a standstill, however long, makes a few copies of a message, and not one an hour. */
const OVERDUE_MS_MAX = DAY_MS;
/** From its acceptance on, a delivery is looked for at such intervals: attempts in quick succession leave its entry as it is. */
const OVERDUE_STEP_MS = 15 * MINUTE_MS;

/**
 * When the waiting room has to send a delivery's next message, in ms since the epoch; undefined if never: it is held or over. For one
 * whose message is on its way, this is when the message counts as lost: overdue by as long as the delivery is old, by an
 * hour at least and a day at most, and up to a quarter of an hour more.
 */
export function dueAt(record: DeliveryRecord): number | undefined {
  const { status, waitingFor, slot, nextAttemptAt, updatedAt, acceptedAt } = record;
  const hasMessage = status === 'retrying' || (status === 'waiting' && slot !== null);
  if (hasMessage) {
    const expectedAt = slot ?? nextAttemptAt ?? updatedAt;
    const age = expectedAt - acceptedAt;
    const overdue = Math.min(OVERDUE_MS_MAX, Math.max(OVERDUE_MS_MIN, age));
    return acceptedAt + Math.ceil((age + overdue) / OVERDUE_STEP_MS) * OVERDUE_STEP_MS;
  }
  const isTimed = status === 'waiting' && (waitingFor === 'backoff' || waitingFor === 'rate_limit');
  return isTimed ? (nextAttemptAt ?? 0) : undefined;
}

/** How a delivery ended without success. `undecided`: dead without a dead letter, because its filter was undecided. */
export type EndedAs = 'dead' | 'undecided' | 'discarded';

/** How a delivery ended; undefined while it is open, and once it is delivered. */
export function endedAs({ status, deadLetter }: Pick<DeliveryRecord, 'status' | 'deadLetter'>): EndedAs | undefined {
  if (status === 'dead') return deadLetter === null ? 'undecided' : 'dead';
  return status === 'discarded' ? 'discarded' : undefined;
}

/** Deliveries that ended without success, and those with notices in their outbox, by shards. Eventually consistent. */
export interface EndedDeliveries {
  /** Deliveries of a shard that ended so within the range, the oldest first. The record may have moved on since. */
  ended(shard: number, how: EndedAs, range: TimeRange, after: string | null, limit: number): Promise<WaitingPage>;
  /** Deliveries of a shard with notices that are not published yet. */
  withNotices(shard: number, after: string | null, limit: number): Promise<WaitingPage>;
}
