/**
 * One entry of the subscription index: (tenant, pattern, endpoint). The index may hold too much for a moment, since
 * delivery checks the endpoint again; never too little, since new entries are written first and old ones removed last.
 */
export interface Subscription {
  tenant: string;
  pattern: string;
  endpointId: string;
  /** All patterns of the endpoint, so that one that matches twice is taken once. */
  patterns: string[];
  /** JMESPath over the envelope; null takes every event. */
  filter: string | null;
  /** While a change of the filter is under way, what it was before: an event that either takes is for the endpoint. */
  formerFilter?: string;
  /** The endpoint's version that wrote this entry: an older write never undoes a newer one. */
  version: number;
  /** When the endpoint was created, in ms: a repeat of an older event is not for it. */
  createdAt: number;
  /** When the endpoint last changed, in ms; absent while it is as it was created. */
  changedAt?: number;
}

/** The index, as endpoint management writes it. Every write is conditional on the version. */
export interface SubscriptionWriter {
  put(subscriptions: Subscription[]): Promise<void>;
  /** Removes entries that no newer version has written. */
  remove(entries: { tenant: string; pattern: string; endpointId: string; olderThan: number }[]): Promise<void>;
}

/** The index, as the fan-out reads it: strongly consistent, so an endpoint created a moment ago is found. */
export interface SubscriptionReader {
  /** Every entry of a tenant in one read, or undefined when the tenant has more than one page of them. */
  all(tenant: string): Promise<Subscription[] | undefined>;
  /** One page of the entries under a pattern, in the order of their positions. `after` is the position to go on from. */
  page(
    tenant: string,
    pattern: string,
    after: string | null,
    limit: number,
  ): Promise<{ entries: Subscription[]; next: string | null }>;
  /** Where an entry stands: positions order the entries under one pattern. */
  positionOf(entry: Pick<Subscription, 'pattern' | 'endpointId'>): string;
}
