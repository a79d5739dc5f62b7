import * as z from 'zod';

/**
 * One entry of the subscription index, as stored: (tenant, pattern, endpoint). The index may briefly hold extra entries, since
 * delivery checks the endpoint again; it never lacks one, since new entries are written first and old ones removed
 * last.
 */
export const storedSubscription = z.object({
  tenant: z.string(),
  pattern: z.string(),
  endpointId: z.string(),
  /** All patterns of the endpoint, so that an endpoint that matches twice is taken once. */
  patterns: z.array(z.string()),
  /** JMESPath over the envelope; null matches every event. */
  filter: z.string().nullable(),
  /** During a change of the filter, the former one: the endpoint gets an event that matches either. */
  formerFilter: z.string().exactOptional(),
  /** The endpoint's version that wrote this entry: an older write never undoes a newer one. */
  version: z.number(),
  /** When the endpoint was created, in ms: it does not get repeats of older events. */
  createdAt: z.number(),
  /** When the endpoint last changed, in ms; absent if it has not changed since its creation. */
  changedAt: z.number().exactOptional(),
});
export type Subscription = z.output<typeof storedSubscription>;

/** The index for endpoint management. Every write is conditional on the version. */
export interface SubscriptionWriter {
  put(subscriptions: Subscription[]): Promise<void>;
  /** Removes entries that no newer version has written. */
  remove(entries: { tenant: string; pattern: string; endpointId: string; olderThan: number }[]): Promise<void>;
}

/** The index for the fan-out: strongly consistent, so that a new endpoint is found. */
export interface SubscriptionReader {
  /** Every entry of a tenant in one read, or undefined if the tenant has more than one page of them. */
  all(tenant: string): Promise<Subscription[] | undefined>;
  /** One page of the entries under a pattern, ordered by position. `after` is the position to continue from. */
  page(
    tenant: string,
    pattern: string,
    after: string | null,
    limit: number,
  ): Promise<{ entries: Subscription[]; next: string | null }>;
  /** The position of an entry: positions order the entries under one pattern. */
  positionOf(entry: Pick<Subscription, 'pattern' | 'endpointId'>): string;
}
