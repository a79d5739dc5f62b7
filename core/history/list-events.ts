import type { DeliveryRecord } from '../deliveries/record.ts';
import { type EventRecord, NOTED_ENDPOINTS_MAX, notedEndpoints } from '../events/event.ts';
import { type ListQuery, readCursor, writeCursor } from '../listing/cursor.ts';
import { collectPage, type Page, type TimeRange } from '../listing/page.ts';
import { type DeliveryReader, EVENT_POSITION, type EventReader } from './readers.ts';

export interface EventReadPorts {
  events: EventReader;
  deliveries: DeliveryReader;
}

/** An event with up to 100 of its deliveries: those with a record, and those that the fan-out has only noted. */
export interface EventView {
  event: EventRecord;
  recorded: DeliveryRecord[];
  /** Endpoints whose first attempt is not recorded yet. */
  pending: string[];
}

export interface EventListInput {
  /** Null lists across tenants. */
  tenant: string | null;
  type: string | undefined;
  range: TimeRange;
  limit: number;
  cursor: string | undefined;
}

/** Adds an event's deliveries to it. */
export async function viewEvent(event: EventRecord, { deliveries }: EventReadPorts): Promise<EventView> {
  const recorded: DeliveryRecord[] = [];
  let after: string | null = null;
  do {
    const page = await deliveries.ofEvent(event, after, NOTED_ENDPOINTS_MAX - recorded.length);
    recorded.push(...page.items);
    after = page.next;
  } while (after !== null && recorded.length < NOTED_ENDPOINTS_MAX);
  const known = new Set(recorded.map(({ endpointId }) => endpointId));
  const pending = notedEndpoints(event).filter((endpointId) => !known.has(endpointId));
  return { event, recorded, pending: pending.slice(0, NOTED_ENDPOINTS_MAX - recorded.length) };
}

/** Lists events, newest first. @throws Problem `invalid` when the cursor belongs to another query. */
export async function listEvents(input: EventListInput, ports: EventReadPorts): Promise<Page<EventView>> {
  const { tenant, type, range, limit } = input;
  const query: ListQuery = ['events', tenant, type, range.from, range.to];
  const after = readCursor(query, input.cursor, EVENT_POSITION);
  const { items, next } = await collectPage(
    (at, count) => ports.events.walk(tenant, range, at, count),
    (event) => type === undefined || event.type === type,
    { limit, after },
  );
  const views = await Promise.all(items.map((event) => viewEvent(event, ports)));
  return { items: views, next: writeCursor(query, next) };
}
