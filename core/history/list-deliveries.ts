import type { DeliveryRecord, RecordedStatus } from '../deliveries/record.ts';
import { DAY_MS } from '../durations.ts';
import { type EventRecord, matchedEndpoints } from '../events/event.ts';
import { type ListQuery, readCursor, writeCursor } from '../listing/cursor.ts';
import { collectPage, type Page, type Segment, type TimeRange, type Walk } from '../listing/page.ts';
import { type DeliveryReader, EVENT_POSITION, type EventReader } from './readers.ts';

export interface DeliveryListPorts {
  events: EventReader;
  deliveries: DeliveryReader;
}

export interface DeliveryListInput {
  /** Null lists across tenants. */
  tenant: string | null;
  endpointId: string | undefined;
  eventId: string | undefined;
  eventType: string | undefined;
  status: RecordedStatus | undefined;
  range: TimeRange;
  limit: number;
  cursor: string | undefined;
}

const BODY = '[0-9a-z]{26}';
const DELIVERY_POSITION = new RegExp(`${EVENT_POSITION.source.slice(0, -1)}(\\|ep_${BODY})?$`);
const ENDPOINT_POSITION = new RegExp(`^ep_${BODY}$`);

/**
 * How much older than its delivery's record an event may be, in ms. The record is created when the first message is
 * processed, seconds after the event was accepted; a day covers a long backlog. Walking further would read the whole
 * ledger to list an hour.
 */
const RECORD_LAG_MS = DAY_MS;

/** Events whose deliveries are read at a time. */
const EVENTS_AT_ONCE = 25;
const DELIVERIES_AT_ONCE = 100;

/**
 * Lists deliveries, newest first by creation. By tenant only, the tenant's events are walked: the order across pages is
 * then that of their acceptance, and only each page is sorted.
 * @throws Problem `invalid` when the cursor belongs to another query.
 */
export async function listDeliveries(
  input: DeliveryListInput,
  ports: DeliveryListPorts,
): Promise<Page<DeliveryRecord>> {
  const { tenant, endpointId, eventId, eventType, status, range, limit } = input;
  const query: ListQuery = ['deliveries', tenant, endpointId, eventId, eventType, status, range.from, range.to];
  const { walk, shape } = walkFor(input, ports);
  const after = readCursor(query, input.cursor, shape);
  const keep = (record: DeliveryRecord) =>
    (tenant === null || record.tenant === tenant) &&
    (endpointId === undefined || record.endpointId === endpointId) &&
    (eventType === undefined || record.eventType === eventType) &&
    (status === undefined || record.status === status) &&
    record.createdAt >= (range.from ?? 0) &&
    record.createdAt < (range.to ?? Number.POSITIVE_INFINITY);
  const page = await collectPage(walk, keep, { limit, after });
  return { items: page.items.sort((a, b) => b.createdAt - a.createdAt), next: writeCursor(query, page.next) };
}

function walkFor(
  { tenant, endpointId, eventId, range }: DeliveryListInput,
  ports: DeliveryListPorts,
): { walk: Walk<DeliveryRecord>; shape: RegExp } {
  if (eventId !== undefined) {
    return { walk: (after, limit) => walkEventOf(eventId, after, limit, ports), shape: ENDPOINT_POSITION };
  }
  if (endpointId !== undefined) {
    return {
      walk: (after, limit) => ports.deliveries.ofEndpoint(endpointId, range, after, limit),
      shape: EVENT_POSITION,
    };
  }
  const accepted = { from: range.from === null ? null : range.from - RECORD_LAG_MS, to: range.to };
  return { walk: (after, limit) => walkEvents(tenant, accepted, after, limit, ports), shape: DELIVERY_POSITION };
}

/** An expired event has no deliveries: they expire with it. */
async function walkEventOf(
  eventId: string,
  after: string | null,
  limit: number,
  ports: DeliveryListPorts,
): Promise<Segment<DeliveryRecord>> {
  const event = (await ports.events.find([eventId])).get(eventId);
  return event === undefined ? { found: [], examined: 0, next: null } : walkEvent(event, after, limit, ports);
}

async function walkEvent(
  event: EventRecord,
  after: string | null,
  limit: number,
  { deliveries }: DeliveryListPorts,
): Promise<Segment<DeliveryRecord>> {
  const { items, next } = await deliveries.ofEvent(event, after, limit);
  return { found: items.map((item) => ({ item, position: item.endpointId })), examined: items.length, next };
}

/** A position is that of an event, with the endpoint after which that event's deliveries continue. */
async function walkEvents(
  tenant: string | null,
  accepted: TimeRange,
  after: string | null,
  limit: number,
  ports: DeliveryListPorts,
): Promise<Segment<DeliveryRecord>> {
  const [event = null, endpoint] = after?.split('|') ?? [];
  if (event !== null && endpoint !== undefined) {
    const rest = await walkEventOf(event.split('#')[1] ?? '', endpoint, limit, ports);
    return within(event, rest);
  }
  const events = await ports.events.walk(tenant, accepted, event, Math.min(limit, EVENTS_AT_ONCE));
  const all: Segment<DeliveryRecord> = { found: [], examined: events.examined, next: events.next };
  const parts = await Promise.all(
    events.found.map(async ({ item, position }) =>
      matchedEndpoints(item) === 0
        ? undefined
        : within(position, await walkEvent(item, null, DELIVERIES_AT_ONCE, ports)),
    ),
  );
  for (const part of parts) {
    if (part === undefined) continue;
    all.found.push(...part.found);
    all.examined += part.examined;
    // An event with very many deliveries ends the segment: the next one continues within this event.
    if (part.next?.includes('|')) return { ...all, next: part.next };
  }
  return all;
}

function within(event: string, part: Segment<DeliveryRecord>): Segment<DeliveryRecord> {
  const found = part.found.map(({ item, position }) => ({ item, position: `${event}|${position}` }));
  return { ...part, found, next: part.next === null ? event : `${event}|${part.next}` };
}
