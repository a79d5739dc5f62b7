import type { TimeRange } from '../listing/page.ts';
import type { WaitingPage } from '../waiting-room/sweep.ts';

/** Deliveries that ended without an acknowledgement, and those that there is news of, by shards. Eventually consistent. */
export interface EndedDeliveries {
  /** Deliveries of a shard that ended so, within the range, the oldest first. Look at the record: it may be past that. */
  ended(
    shard: number,
    status: 'dead' | 'discarded',
    range: TimeRange,
    after: string | null,
    limit: number,
  ): Promise<WaitingPage>;
  /** Deliveries of a shard with news that has not been announced. */
  news(shard: number, after: string | null, limit: number): Promise<WaitingPage>;
  /** How many died since then, and are dead. */
  countDead(sinceMs: number): Promise<number>;
}
