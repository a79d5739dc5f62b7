import { type DeliveryQueue, firstMessage, type OutgoingDelivery } from '../deliveries/message.ts';
import type { AcceptedEvent } from '../events/accepted.ts';
import type { EventRecord, FanoutPage, PayloadRef } from '../events/event.ts';
import type { FilterEngine, JsonValue } from '../filters/filter.ts';
import { patternsMatching } from '../subscriptions/pattern.ts';
import type { Subscription, SubscriptionReader } from '../subscriptions/subscription.ts';
import type { FanoutMessage, PageCursor } from './message.ts';

/** The ledger's events, as fan-out needs them. */
export interface FanoutLedger {
  /** Strongly consistent. */
  find(ids: string[]): Promise<Map<string, EventRecord>>;
  /** Notes a page whose messages are sent. Writing it again changes nothing. */
  notePage(eventId: string, page: number, note: FanoutPage): Promise<void>;
}

export interface PayloadReader {
  /** The envelope, byte for byte. */
  get(ref: PayloadRef): Promise<string>;
}

/** The fan-out queue, for the further pages of a large fan-out. */
export interface PageQueue {
  send(message: FanoutMessage): Promise<void>;
}

export interface FanoutPorts {
  subscriptions: SubscriptionReader;
  ledger: FanoutLedger;
  payloads: PayloadReader;
  filters: FilterEngine;
  deliveries: DeliveryQueue;
  pages: PageQueue;
}

/** Endpoints of one page: its messages take about 20 sends, far from the function's timeout. */
export const PAGE_SIZE = 200;
/** Endpoint ids kept with an event, in all: the API shows that many deliveries as pending. */
export const NOTED_ENDPOINTS_MAX = 100;
/** A producer's repeat only fills gaps: by then the first copy, sent a moment ago, has had its attempt. */
const REPEAT_DELAY_SECONDS = 60;
/** A message that SQS gives out again has outlasted its visibility timeout: its first copies are nearly all done. */
const REDELIVERY_DELAY_SECONDS = 5;

/**
 * An endpoint whose patterns changed not longer than this before the event may stand on two pages of its fan-out, or on
 * none of those where it belongs: the longest change, and clocks that differ.
 */
const CHANGE_MS = 60_000;

/** What one message came to, for the log. */
export interface FannedOut {
  events: number;
  /** Events whose page was done before. */
  skipped: number;
  deliveries: number;
}

interface Work {
  tenant: string;
  event: AcceptedEvent;
  page: number;
  /** Endpoint ids that earlier pages noted. */
  noted: number;
  matched: Subscription[];
  last: boolean;
  /** Where a further page begins. */
  from: string | undefined;
  /** Seconds to wait where a copy may be on its way already; undefined where none can be. */
  repeatInSeconds: number | undefined;
}

/**
 * Fans one message of the fan-out queue out: finds the subscribed endpoints, filters, sends one delivery message each.
 * Sends first, then notes the page on the event; a crash in between sends again, marked as a repeat.
 * @param redelivered whether SQS may have given this message to a fan-out before.
 */
export async function fanOut(message: FanoutMessage, redelivered: boolean, ports: FanoutPorts): Promise<FannedOut> {
  const { tenant, events, cursor } = message;
  const started = await startedEvents(events, redelivered, ports);
  const works = await Promise.all(
    events.map((event) => prepare(tenant, event, cursor, started.get(event.id), redelivered, ports)),
  );
  const due = works.filter((work) => work !== undefined);
  const messages = due.flatMap(deliveriesOf);
  if (messages.length > 0) await ports.deliveries.send(messages);
  await Promise.all(due.map((work) => ports.ledger.notePage(work.event.id, work.page, noteOf(work))));
  return { events: due.length, skipped: works.length - due.length, deliveries: messages.length };
}

/** Only repeats pay for a look at what was done before. */
async function startedEvents(events: AcceptedEvent[], redelivered: boolean, ports: FanoutPorts) {
  const doubtful = events.filter((event) => redelivered || event.repeat);
  return doubtful.length === 0 ? new Map<string, EventRecord>() : ports.ledger.find(doubtful.map((event) => event.id));
}

async function prepare(
  tenant: string,
  event: AcceptedEvent,
  cursor: PageCursor | undefined,
  record: EventRecord | undefined,
  redelivered: boolean,
  ports: FanoutPorts,
): Promise<Work | undefined> {
  const page = cursor?.page ?? 0;
  const from = cursor && `${cursor.pattern}#${cursor.after ?? ''}`;
  const done = record?.fanout[page];
  // A page that began elsewhere ended elsewhere: what lies between is on none of its pages.
  if (done !== undefined && done.from === from) return undefined;
  const repeat = redelivered || event.repeat === true;
  const found = await findPage(tenant, event, cursor, ports);
  if (found.next !== undefined) {
    await ports.pages.send({ v: 1, tenant, events: [repeat ? { ...event, repeat } : event], cursor: found.next });
  }
  const eligible = found.entries.filter((entry) => !repeat || entry.createdAt <= event.acceptedAt);
  const matched = await applyFilters(event, eligible, ports);
  const noted = cursor?.noted ?? 0;
  const repeatInSeconds = event.repeat ? REPEAT_DELAY_SECONDS : redelivered ? REDELIVERY_DELAY_SECONDS : undefined;
  return { tenant, event, page, noted, matched, last: found.next === undefined, from, repeatInSeconds };
}

interface Page {
  entries: Subscription[];
  next: PageCursor | undefined;
}

/** A small tenant costs one read of its whole index; a large one costs what matches, a page per message. */
async function findPage(
  tenant: string,
  event: AcceptedEvent,
  cursor: PageCursor | undefined,
  ports: FanoutPorts,
): Promise<Page> {
  const patterns = patternsMatching(event.type);
  if (cursor === undefined) {
    const all = await ports.subscriptions.all(tenant);
    if (all !== undefined) return { entries: onePerEndpoint(all, patterns, () => false), next: undefined };
  }
  const at = cursor ?? { page: 0, pattern: 0, after: null, noted: 0 };
  const { entries, next } = await ports.subscriptions.page(tenant, patterns[at.pattern] ?? '', at.after, PAGE_SIZE);
  const chosen = onePerEndpoint(entries, patterns, (entry) => isInMotion(entry, event));
  const onward = next === null ? { pattern: at.pattern + 1, after: null } : { pattern: at.pattern, after: next };
  const noted = Math.min(NOTED_ENDPOINTS_MAX, at.noted + chosen.length);
  const following = { ...onward, page: at.page + 1, noted };
  return { entries: chosen, next: following.pattern < patterns.length ? following : undefined };
}

/** Whether an endpoint's patterns may have changed while the pages of this fan-out were read. */
function isInMotion({ changedAt }: Subscription, { acceptedAt }: AcceptedEvent): boolean {
  return changedAt !== undefined && changedAt > acceptedAt - CHANGE_MS;
}

/**
 * An endpoint that matches by several patterns is taken under the most specific, so pages need not know each other; one
 * that moves from pattern to pattern meanwhile is taken wherever it is met.
 */
function onePerEndpoint(
  entries: Subscription[],
  patterns: string[],
  moves: (entry: Subscription) => boolean,
): Subscription[] {
  const chosen = new Map<string, Subscription>();
  for (const entry of entries) {
    const first = patterns.find((pattern) => entry.patterns.includes(pattern));
    if (entry.pattern === first || moves(entry)) chosen.set(entry.endpointId, entry);
  }
  return [...chosen.values()];
}

async function applyFilters(event: AcceptedEvent, entries: Subscription[], ports: FanoutPorts) {
  if (entries.every((entry) => entry.filter === null)) return entries;
  const text = event.payload.inline ?? (await ports.payloads.get(event.payload));
  const envelope: JsonValue = JSON.parse(text);
  const holds = (filter: string | undefined) => filter !== undefined && ports.filters.holds(filter, envelope);
  return entries.filter(({ filter, formerFilter }) => filter === null || holds(filter) || holds(formerFilter));
}

function deliveriesOf(work: Work): OutgoingDelivery[] {
  const isPaged = work.from !== undefined || !work.last;
  return work.matched.map((entry) => {
    // What is met on two pages is a repeat on both: neither knows of the other.
    const again = work.repeatInSeconds ?? (isPaged && isInMotion(entry, work.event) ? REPEAT_DELAY_SECONDS : undefined);
    const message = firstMessage({ ...work.event, tenant: work.tenant }, entry.endpointId);
    const isRepeat = again !== undefined;
    return { message: { ...message, ...(isRepeat && { repeat: true }) }, delaySeconds: again ?? 0 };
  });
}

function noteOf({ matched, noted, last, from }: Work): FanoutPage {
  const room = Math.max(0, NOTED_ENDPOINTS_MAX - noted);
  const endpointIds = matched.slice(0, room).map((entry) => entry.endpointId);
  return { matched: matched.length, endpointIds, last, ...(from !== undefined && { from }) };
}
