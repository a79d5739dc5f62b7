import { readStats } from '../../../core/stats/read.ts';
import * as operations from '../operations/stats.ts';
import type { ApiPorts } from '../ports.ts';
import { type Route, route } from '../route.ts';
import { rangeOf } from '../schemas/common.ts';
import { statsOnWire } from '../schemas/stats.ts';
import { visibleTo } from '../scope.ts';

/** The routes of statistics. */
export function statsRoutes(ports: ApiPorts): Route[] {
  return [
    route(operations.getEndpointStats, async ({ key, id, query }) => {
      const { endpoint } = (await ports.endpoints.find(id)) ?? {};
      visibleTo(key, endpoint, 'endpoint');
      return { value: statsOnWire(await readStats(id, rangeOf(query), ports)) };
    }),
  ];
}
