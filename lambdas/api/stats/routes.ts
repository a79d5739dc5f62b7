import { readStats } from '../../../core/stats/read.ts';
import { rangeOf } from '../common-schemas.ts';
import type { ApiPorts } from '../ports.ts';
import { type Route, route } from '../route.ts';
import { listedTenant, visibleTo } from '../scope.ts';
import * as operations from './operations.ts';
import { statsOnWire } from './schemas.ts';

/** The routes of statistics. */
export function statsRoutes(ports: ApiPorts): Route[] {
  return [
    route(operations.getEndpointStats, async ({ key, id, query }) => {
      const { endpoint } = (await ports.endpoints.find(id)) ?? {};
      visibleTo(key, endpoint, 'endpoint');
      return { value: statsOnWire(await readStats({ endpointId: id }, rangeOf(query), ports)) };
    }),

    route(operations.getStats, async ({ key, query }) => {
      const tenant = listedTenant(key, query.tenant);
      return { value: statsOnWire(await readStats({ tenant }, rangeOf(query), ports)) };
    }),
  ];
}
