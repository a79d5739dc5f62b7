import type { Clock } from '../clock.ts';
import { ENDPOINT_CACHE_MS } from '../deliveries/endpoint-cache.ts';
import type { DeliveryLedger } from '../deliveries/ledger.ts';
import type { DeliveryQueue, UnsentDelivery } from '../deliveries/message.ts';
import type { EndedDeliveries } from '../deliveries/work-lists.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { PayloadReader } from '../events/event.ts';
import type { EventReader } from '../history/readers.ts';
import type { FilterEngine } from '../subscriptions/filter.ts';
import type { JobCursor } from './job.ts';

/** The ports for processing a page of the ledger. */
export interface PagePorts {
  ledger: Pick<DeliveryLedger, 'load' | 'find' | 'put' | 'countDeaths'>;
  ended: Pick<EndedDeliveries, 'ended'>;
  events: Pick<EventReader, 'walk'>;
  payloads: PayloadReader;
  filters: Pick<FilterEngine, 'judge'>;
  queue: DeliveryQueue;
  clock: Clock;
  /** Told of each delivery that is recorded as dead because its filter is undecided. */
  died?: (message: UnsentDelivery) => void;
  /** Number of shards of the ended deliveries. */
  shards: number;
}

/** Entries per page: even with the longest messages far below an invocation's timeout. */
export const PAGE = 100;

/** The result of a page. */
export interface PageResult {
  sent: number;
  skipped: number;
  /** Where the next page begins; null at the end. */
  next: JobCursor | null;
  /** The error that stopped the page half-way: what was sent stays sent, and the page must be processed again. */
  fault?: unknown;
}

/**
 * Seconds until no execution environment caches an older version of the endpoint. A delivery sent earlier might be
 * discarded because of a cached `disabled` state, just after the endpoint was enabled to recover its deliveries.
 */
export function cacheExpirySeconds({ updatedAt }: Pick<Endpoint, 'updatedAt'>, nowMs: number): number {
  return Math.max(0, Math.ceil((updatedAt + ENDPOINT_CACHE_MS - nowMs) / 1000));
}

/** The job cannot continue; the message is shown to its owner. */
export class JobCannotRun extends Error {
  override name = 'JobCannotRun';
}
