import type { Clock } from '../clock.ts';
import { ENDPOINT_CACHE_MS } from '../deliveries/endpoint-cache.ts';
import type { DeliveryLedger } from '../deliveries/ledger.ts';
import type { DeliveryQueue } from '../deliveries/message.ts';
import type { EndedDeliveries } from '../deliveries/work-lists.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { PayloadReader } from '../events/event.ts';
import type { EventReader } from '../history/event-reader.ts';
import type { FilterEngine } from '../subscriptions/filter.ts';
import type { JobCursor } from './job.ts';

/** What working through the ledger needs. */
export interface PagePorts {
  ledger: Pick<DeliveryLedger, 'load' | 'find' | 'put'>;
  ended: Pick<EndedDeliveries, 'ended'>;
  events: Pick<EventReader, 'walk'>;
  payloads: PayloadReader;
  filters: Pick<FilterEngine, 'judge'>;
  queue: DeliveryQueue;
  clock: Clock;
  /** Shards of the ended deliveries. */
  shards: number;
}

/** Entries of one page: with the longest messages still far from an invocation's time. */
export const PAGE = 100;

/** What came of a page. */
export interface PageResult {
  sent: number;
  skipped: number;
  /** Where the next page begins; null at the end. */
  next: JobCursor | null;
  /** What stopped the page half-way: what was sent is sent, and the page is to be worked on again. */
  fault?: unknown;
}

/**
 * Seconds until every container has the endpoint as it is now. Sent before, a delivery might be discarded by one that
 * still takes the endpoint for disabled, which its owner has just switched on to recover what it lost.
 */
export function knownInSeconds({ updatedAt }: Pick<Endpoint, 'updatedAt'>, nowMs: number): number {
  return Math.max(0, Math.ceil((updatedAt + ENDPOINT_CACHE_MS - nowMs) / 1000));
}

/** The job can never go on; said to its owner. */
export class JobCannotRun extends Error {
  override name = 'JobImpossible';
}
