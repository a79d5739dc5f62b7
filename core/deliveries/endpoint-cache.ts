import type { Clock } from '../clock.ts';
import type { EndpointHealth, EndpointWithHealth } from '../endpoints/health.ts';
import type { DeliveryKey, DeliveryLedger, Loaded } from './ledger.ts';

/** How long an endpoint's configuration and health are cached. */
export const ENDPOINT_CACHE_MS = 5_000;
const ENTRIES_MAX = 10_000;

/** Caches endpoints for a few seconds, so that a busy endpoint costs no read per delivery. */
export interface EndpointCache {
  /** Loads what a batch needs in one read: its records, and the endpoints that are not cached. */
  load(deliveries: DeliveryKey[], ledger: Pick<DeliveryLedger, 'load'>): Promise<Loaded>;
  /** Updates a cached endpoint with health that this execution environment has just written. */
  noteHealth(health: EndpointHealth): void;
}

export function createEndpointCache(clock: Clock): EndpointCache {
  const known = new Map<string, { endpoint: EndpointWithHealth | undefined; until: number }>();

  return {
    noteHealth(health) {
      const entry = known.get(health.endpointId);
      if (entry?.endpoint && entry.endpoint.health.revision < health.revision) {
        entry.endpoint = { ...entry.endpoint, health };
      }
    },

    async load(deliveries, ledger) {
      const now = clock();
      const ids = new Set(deliveries.map(({ endpointId }) => endpointId));
      const unknown = [...ids].filter((id) => (known.get(id)?.until ?? 0) <= now);
      const loaded = await ledger.load(deliveries, unknown);
      if (known.size + unknown.length > ENTRIES_MAX) known.clear();
      for (const id of unknown) known.set(id, { endpoint: loaded.endpoints.get(id), until: now + ENDPOINT_CACHE_MS });
      const endpoints = new Map(loaded.endpoints);
      for (const id of ids) {
        const endpoint = known.get(id)?.endpoint;
        if (endpoint !== undefined) endpoints.set(id, endpoint);
      }
      return { records: loaded.records, endpoints };
    },
  };
}
