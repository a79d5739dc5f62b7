import type { Subscription, SubscriptionReader, SubscriptionWriter } from '../../core/subscriptions/subscription.ts';

const nameOf = ({ pattern, endpointId }: { pattern: string; endpointId: string }) => `${pattern}#${endpointId}`;

/** The subscription index in memory. A tenant with more entries than `smallTenant` is read by pattern. */
export class MemorySubscriptionIndex implements SubscriptionReader, SubscriptionWriter {
  readonly entries = new Map<string, Subscription>();
  readonly #smallTenant: number;

  constructor(smallTenant = 200) {
    this.#smallTenant = smallTenant;
  }

  #of(tenant: string): Subscription[] {
    const own = [...this.entries.values()].filter((entry) => entry.tenant === tenant);
    return own.sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  }

  put: SubscriptionWriter['put'] = async (subscriptions) => {
    for (const subscription of subscriptions) {
      const name = `${subscription.tenant} ${nameOf(subscription)}`;
      if ((this.entries.get(name)?.version ?? 0) <= subscription.version)
        this.entries.set(name, structuredClone(subscription));
    }
  };

  remove: SubscriptionWriter['remove'] = async (entries) => {
    for (const entry of entries) {
      const name = `${entry.tenant} ${nameOf(entry)}`;
      if ((this.entries.get(name)?.version ?? 0) < entry.olderThan) this.entries.delete(name);
    }
  };

  all: SubscriptionReader['all'] = async (tenant) => {
    const own = this.#of(tenant);
    return own.length > this.#smallTenant ? undefined : structuredClone(own);
  };

  page: SubscriptionReader['page'] = async (tenant, pattern, after, limit) => {
    const found = this.#of(tenant).filter((entry) => entry.pattern === pattern && nameOf(entry) > (after ?? ''));
    const entries = structuredClone(found.slice(0, limit));
    const last = entries.at(-1);
    return { entries, next: found.length > limit && last ? nameOf(last) : null };
  };

  positionOf: SubscriptionReader['positionOf'] = nameOf;
}
