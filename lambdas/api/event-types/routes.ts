import { deleteEventType, putEventType, unknownEventType } from '../../../core/event-types/manage.ts';
import { EVENT_TYPE_POSITION, listPosition } from '../../../core/event-types/store.ts';
import type { Caller } from '../../../core/keys/authenticate.ts';
import { actorOf } from '../../../core/keys/key.ts';
import { readCursor, writeCursor } from '../../../core/listing/cursor.ts';
import { listPage } from '../../../core/listing/page.ts';
import { Problem } from '../../../core/problem.ts';
import { listRoute } from '../list-route.ts';
import type { ApiPorts } from '../ports.ts';
import { type Route, route } from '../route.ts';
import * as operations from './operations.ts';
import { eventTypeOnWire } from './schemas.ts';

interface ListQuery {
  limit: number;
  cursor?: string | undefined;
  group?: string | undefined;
  deprecated?: 'true' | 'false' | undefined;
}

/**
 * A page of event types, newest first, and the cursor of the next page. What passes no filter is left out of its page, and no other
 * is read for it: types may be large.
 */
export async function eventTypesPage(
  { eventTypes }: Pick<ApiPorts, 'eventTypes'>,
  { limit, cursor, group, deprecated }: ListQuery,
) {
  const query = ['event-types', group, deprecated];
  const after = readCursor(query, cursor, EVENT_TYPE_POSITION);
  const { items, next } = await listPage(async (count) => {
    const page = await eventTypes.list(count, after);
    return { ...page, items: page.items.map((eventType) => ({ id: listPosition(eventType), eventType })) };
  }, limit);
  const kept = items.flatMap(({ eventType }) =>
    (group ?? eventType.group) === eventType.group &&
    (deprecated ?? String(eventType.deprecated)) === String(eventType.deprecated)
      ? [eventType]
      : [],
  );
  return { items: kept, next: writeCursor(query, next) };
}

/** The routes of event types. They belong to no tenant: a key bound to one may only read them. */
export function eventTypeRoutes(ports: ApiPorts): Route[] {
  return [
    listRoute(operations.listEventTypes, async ({ query }) => {
      const { items, next } = await eventTypesPage(ports, query);
      return { data: items.map(eventTypeOnWire), next };
    }),

    route(operations.getEventType, async ({ id: name }) => {
      const { eventType } = await ports.eventTypes.find(name);
      if (eventType === undefined) throw unknownEventType();
      return { value: eventTypeOnWire(eventType) };
    }),

    route(operations.putEventType, async ({ key, id: name, body }) => {
      refuseBound(key);
      const { eventType, created } = await putEventType(name, body, actorOf(key), ports);
      const value = eventTypeOnWire(eventType);
      return created ? { value, created, location: `/v1/event-types/${name}` } : { value };
    }),

    route(operations.deleteEventType, async ({ key, id: name }) => {
      refuseBound(key);
      await deleteEventType(name, actorOf(key), ports);
      return { empty: true };
    }),
  ];
}

function refuseBound({ tenant }: Caller): void {
  if (tenant === null) return;
  throw new Problem(
    'forbidden',
    'Event types are shared by all tenants: change them with a key that is bound to none.',
  );
}
