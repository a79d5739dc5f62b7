import type { TimeRange } from '../listing/page.ts';
import type { DeliveryKey } from './ledger.ts';
import type { DeliveryRecord } from './record.ts';

/** The waiting room: deliveries due later than SQS can delay, by time, and those held, by endpoint. */
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
