import type { SubscriptionReader } from '../subscriptions/subscription.ts';

/** Lets the events of one invocation share reads of their tenant's index. Use it for one invocation only. */
export function shareReads(reader: SubscriptionReader): SubscriptionReader {
  const reads = new Map<string, ReturnType<SubscriptionReader['all']>>();
  return {
    all(tenant) {
      const read = reads.get(tenant) ?? reader.all(tenant);
      reads.set(tenant, read);
      return read;
    },
    page: (tenant, pattern, after, limit) => reader.page(tenant, pattern, after, limit),
    positionOf: (entry) => reader.positionOf(entry),
  };
}
