import { type Endpoint, type EndpointHealth, freshHealth } from '../../core/endpoints/endpoint.ts';
import type { EndpointStore, HoldingMarks } from '../../core/endpoints/store.ts';
import { pageOf } from './pages.ts';

/** The registry's endpoints and their health, in memory: compare and set is exact, copies never share. */
export class MemoryEndpointStore implements EndpointStore, HoldingMarks {
  readonly endpoints = new Map<string, Endpoint>();
  readonly health = new Map<string, EndpointHealth>();

  find: EndpointStore['find'] = async (id) => {
    const endpoint = this.endpoints.get(id);
    return endpoint && structuredClone({ endpoint, health: this.health.get(id) ?? freshHealth(id) });
  };

  put: EndpointStore['put'] = async (endpoint, expected) => {
    if ((this.endpoints.get(endpoint.id)?.version ?? null) !== expected) return false;
    this.endpoints.set(endpoint.id, structuredClone(endpoint));
    return true;
  };

  remove: EndpointStore['remove'] = async (id, expected) => {
    if (this.endpoints.get(id)?.version !== expected) return false;
    return this.endpoints.delete(id);
  };

  list: EndpointStore['list'] = async (tenant, limit, after) =>
    pageOf(
      [...this.endpoints.values()].filter((endpoint) => tenant === null || endpoint.tenant === tenant),
      limit,
      after,
    );

  renew: HoldingMarks['renew'] = async (endpointId, holdingId) => {
    const health = this.health.get(endpointId) ?? freshHealth(endpointId);
    this.health.set(endpointId, { ...health, holding: { id: holdingId, emptySince: null } });
  };

  ensure: HoldingMarks['ensure'] = async (endpointId, holdingId) => {
    if (!this.health.get(endpointId)?.holding) await this.renew(endpointId, holdingId);
  };
}
