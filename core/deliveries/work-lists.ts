import type { TimeRange } from '../listing/page.ts';
import type { DeliveryKey } from './ledger.ts';
import type { DeliveryRecord } from './record.ts';

/** The waiting room: deliveries due later than SQS can delay, in the order of their time, and those held. */
export interface WaitingRoom {
  /** Up to `limit` deliveries of a shard due before `untilMs`, the earliest first, after the one named. */
  due(shard: number, untilMs: number, limit: number, after: string | null): Promise<WaitingPage>;
  /** Up to `limit` deliveries held for an endpoint in a shard, of events accepted before `beforeMs`, the oldest first. */
  held(endpointId: string, shard: number, limit: number, beforeMs: number): Promise<WaitingPage>;
}

export interface WaitingPage {
  keys: DeliveryKey[];
  next: string | null;
}

/** How a delivery ended without an acknowledgement. One that is dead without a letter is `undecided`. */
export type EndedAs = 'dead' | 'undecided' | 'discarded';

/** How a delivery has ended; undefined while it goes on, and once it is acknowledged. */
export function endedAs({ status, deadLetter }: Pick<DeliveryRecord, 'status' | 'deadLetter'>): EndedAs | undefined {
  if (status === 'dead') return deadLetter === null ? 'undecided' : 'dead';
  return status === 'discarded' ? 'discarded' : undefined;
}

/** Deliveries that ended without an acknowledgement, and those that there is news of, by shards. Eventually consistent. */
export interface EndedDeliveries {
  /** Deliveries of a shard that ended so, within the range, the oldest first. Look at the record: it may be past that. */
  ended(shard: number, how: EndedAs, range: TimeRange, after: string | null, limit: number): Promise<WaitingPage>;
  /** Deliveries of a shard with news that has not been announced. */
  withNotices(shard: number, after: string | null, limit: number): Promise<WaitingPage>;
  /** How many died since then, and are dead with a letter: what is compared with the dead-letter queue. */
  countDead(sinceMs: number): Promise<number>;
}
