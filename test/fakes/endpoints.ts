import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { type EndpointHealth, freshHealth, type HealthStore } from '../../core/endpoints/health.ts';
import type { EndpointStore, MarkedEndpoints } from '../../core/endpoints/store.ts';
import { shardOf } from '../../core/ids.ts';
import { HEARTBEAT_TENANT } from '../../core/tenant.ts';
import { MemoryAudit } from './audit.ts';
import { pageOf } from './pages.ts';

const MARK_SHARDS = 3;
const MARKED_PAGE = 50;

/** The registry's endpoints and their health, in memory: compare and set is exact, values are always copied. */
export class MemoryEndpointStore implements EndpointStore {
  readonly endpoints = new Map<string, Endpoint>();
  readonly health = new Map<string, EndpointHealth>();
  readonly audit: MemoryAudit;

  /** @param audit keeps the endpoints' pending entries. */
  constructor(audit = new MemoryAudit()) {
    this.audit = audit;
  }

  find: EndpointStore['find'] = async (id) => {
    const endpoint = this.endpoints.get(id);
    if (endpoint === undefined) return undefined;
    return structuredClone({ endpoint, health: this.health.get(id) ?? freshHealth(id), ...this.audit.of(id) });
  };

  put: EndpointStore['put'] = async (endpoint, expected, entry) => {
    if ((this.endpoints.get(endpoint.id)?.version ?? null) !== expected) return false;
    if (this.audit.hasTombstone(endpoint.id)) return false;
    this.audit.wrote(endpoint.id, entry);
    this.endpoints.set(endpoint.id, structuredClone(endpoint));
    return true;
  };

  remove: EndpointStore['remove'] = async (id, expected, entry) => {
    if (this.endpoints.get(id)?.version !== expected) return false;
    this.audit.wrote(id, entry, { isGone: true });
    return this.endpoints.delete(id);
  };

  list: EndpointStore['list'] = async (tenant, limit, after) =>
    pageOf(
      [...this.endpoints.values()].filter((endpoint) =>
        tenant === null ? endpoint.tenant !== HEARTBEAT_TENANT : endpoint.tenant === tenant,
      ),
      limit,
      after,
    );

  readonly healthStore: HealthStore & { remove(health: EndpointHealth): Promise<void> } = {
    find: async (endpointId) => structuredClone(this.health.get(endpointId) ?? freshHealth(endpointId)),
    put: async (health, expected) => {
      if ((this.health.get(health.endpointId)?.revision ?? 0) !== expected) return false;
      this.health.set(health.endpointId, structuredClone(health));
      return true;
    },
    remove: async ({ endpointId, revision }) => {
      if (this.health.get(endpointId)?.revision === revision) this.health.delete(endpointId);
    },
  };

  readonly marked: MarkedEndpoints = {
    shards: MARK_SHARDS,
    page: async (shard, after) => {
      const inShard = [...this.health.values()]
        .filter(({ holding, endpointId }) => holding !== null && shardOf(endpointId, MARK_SHARDS) === shard)
        .filter(({ endpointId }) => endpointId > (after ?? ''))
        .sort((one, other) => (one.endpointId < other.endpointId ? -1 : 1));
      const page = inShard.slice(0, MARKED_PAGE);
      return {
        marked: page.map((health) => structuredClone({ health, endpoint: this.endpoints.get(health.endpointId) })),
        next: inShard.length > page.length ? (page.at(-1)?.endpointId ?? null) : null,
      };
    },
  };
}
