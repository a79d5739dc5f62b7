import type { DeliveryRecord } from '../deliveries/record.ts';
import { type EventRecord, NOTED_ENDPOINTS_MAX, notedEndpoints } from '../events/event.ts';
import { eventIdForKey } from '../ids.ts';
import { type ListQuery, readCursor, writeCursor } from '../listing/cursor.ts';
import { collectPage, type Page, type TimeRange } from '../listing/page.ts';
import { Problem } from '../problem.ts';
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
  /** Of the one event that was published with it; only with a tenant. */
  idempotencyKey?: string | undefined;
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
  if (input.idempotencyKey !== undefined)
    return { items: await withKey(input, input.idempotencyKey, ports), next: null };
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

/** The event that a key stands for, if it passes the other filters: its id is made of tenant and key. */
async function withKey(input: EventListInput, idempotencyKey: string, ports: EventReadPorts): Promise<EventView[]> {
  const { tenant, type, range } = input;
  if (tenant === null) {
    throw new Problem('invalid', 'The query is not valid: correct the parameters named in errors.', {
      faults: [{ path: 'idempotency_key', message: 'A key is of one tenant: name it instead of *.' }],
    });
  }
  const id = eventIdForKey(tenant, idempotencyKey);
  const event = (await ports.events.find([id])).get(id);
  const isListed =
    event !== undefined &&
    (type === undefined || event.type === type) &&
    (range.from === null || event.acceptedAt >= range.from) &&
    (range.to === null || event.acceptedAt < range.to);
  return isListed ? [await viewEvent(event, ports)] : [];
}
