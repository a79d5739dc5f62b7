import { TtlCache } from '../cache.ts';
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

interface Known {
  /** Undefined: there is no such endpoint. */
  endpoint: EndpointWithHealth | undefined;
}

export function createEndpointCache(clock: Clock): EndpointCache {
  const known = new TtlCache<Known>({ lifeMs: ENDPOINT_CACHE_MS, entriesMax: ENTRIES_MAX });

  return {
    noteHealth(health) {
      const entry = known.get(health.endpointId, clock());
      if (entry?.endpoint && entry.endpoint.health.revision < health.revision) {
        entry.endpoint = { ...entry.endpoint, health };
      }
    },

    async load(deliveries, ledger) {
      const now = clock();
      // The hits are kept apart: what is loaded for the others may push them out of the cache.
      const hits = new Map<string, Known>();
      const unknown = new Set<string>();
      for (const { endpointId } of deliveries) {
        const hit = known.get(endpointId, now);
        if (hit === undefined) unknown.add(endpointId);
        else hits.set(endpointId, hit);
      }
      const { records, endpoints } = await ledger.load(deliveries, [...unknown]);
      for (const id of unknown) known.set(id, { endpoint: endpoints.get(id) }, now);
      const found = new Map(endpoints);
      for (const [id, hit] of hits) if (hit.endpoint !== undefined) found.set(id, hit.endpoint);
      return { records, endpoints: found };
    },
  };
}
