import { memberText } from '../../../core/events/raw-json.ts';
import { listEvents, viewEvent } from '../../../core/history/list-events.ts';
import { listRangeOf } from '../common-schemas.ts';
import { listRoute } from '../list-route.ts';
import type { ApiPorts } from '../ports.ts';
import { type Route, route } from '../route.ts';
import { listedTenant, visibleTo } from '../scope.ts';
import * as operations from './operations.ts';
import { eventOnWire } from './schemas.ts';

/** The routes of events. The ingest Lambda serves POST. */
export function eventRoutes(ports: ApiPorts): Route[] {
  const life = () => ({ nowMs: ports.clock(), retentionMs: ports.deadLetterRetentionMs });

  return [
    route(operations.getEvent, async ({ key, id, query: { include } }) => {
      const event = visibleTo(key, (await ports.events.find([id])).get(id), 'event');
      const value = eventOnWire(await viewEvent(event, ports), life());
      if (include === undefined) return { value };
      // Spliced in as it was published: parsing would round large numbers.
      const data = memberText(await ports.payloads.get(event.payload), 'data') ?? 'null';
      return { json: `${JSON.stringify(value).slice(0, -1)},"data":${data}}` };
    }),

    listRoute(operations.listEvents, async ({ key, query }) => {
      const { type, idempotency_key: idempotencyKey, limit, cursor } = query;
      const tenant = listedTenant(key, query.tenant);
      const { items, next } = await listEvents(
        { tenant, type, idempotencyKey, range: listRangeOf(query), limit, cursor },
        ports,
      );
      return { data: items.map((view) => eventOnWire(view, life())), next };
    }),
  ];
}
