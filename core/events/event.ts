import * as z from 'zod';
import { plainTexts } from '../dictionary.ts';
import { Problem } from '../problem.ts';

/** Where an event's envelope is stored: a byte range of one object in the payload bucket. */
export const payloadRef = z.object({ key: z.string(), offset: z.number(), length: z.number() });
export type PayloadRef = z.output<typeof payloadRef>;

/** The problem of a payload that is missing although its event exists: somebody removed it. */
export function payloadGone(): Problem {
  return new Problem('gone', "The event's payload is no longer stored: publish the event again.");
}

/** One completed page of a fan-out, as stored: how many endpoints matched and, up to 100 in all, which. */
export const storedFanoutPage = z.object({
  matched: z.number(),
  endpointIds: z.array(z.string()),
  /** Whether this page is the end of the fan-out. */
  last: z.boolean(),
  /** Where a further page begins: a page of the same number that began elsewhere is another page. */
  from: z.string().exactOptional(),
  /** Where the next page begins, as in its `from`. Earlier versions did not note it. */
  next: z.string().exactOptional(),
});
export type FanoutPage = z.output<typeof storedFanoutPage>;

/** An accepted event, as stored in the ledger. Times in ms since the epoch, unless noted otherwise. */
export const storedEvent = z.object({
  id: z.string(),
  tenant: z.string(),
  type: z.string(),
  /** The event's own time, as in the envelope (RFC 3339). */
  timestamp: z.string(),
  acceptedAt: z.number(),
  version: z.string().exactOptional(),
  metadata: plainTexts.exactOptional(),
  resourceUrl: z.string().exactOptional(),
  sizeBytes: z.number(),
  payload: payloadRef,
  /** SHA-256 of what the producer sent: distinguishes a repeat from a conflict. */
  requestHash: z.string(),
  /** Random per request that stores the event: distinguishes its own repeated put from another request's. */
  nonce: z.string(),
  /** W3C trace id of the event. */
  traceId: z.string(),
  expiresAt: z.number(),
  /** By the number of the page. */
  fanout: z.record(z.string(), storedFanoutPage),
  /** Whether it is wide, once that is decided. Most events are not, and get no mark. */
  wide: z.boolean().exactOptional(),
});
export type EventRecord = z.output<typeof storedEvent>;

/** A page of a fan-out that is not done. */
export interface OpenPage {
  page: number;
  /** Where it begins; undefined for the first, and if an earlier version noted the page before it. */
  from: string | undefined;
  /** How many endpoints the pages before it matched. */
  matchedBefore: number;
}

/** The first page of a fan-out that is not done; or how many endpoints it matched, once every page is done. */
function followPages({ fanout }: Pick<EventRecord, 'fanout'>): OpenPage | { matched: number } {
  let matched = 0;
  let from: string | undefined;
  for (let page = 0; ; page++) {
    const note = fanout[page];
    // One that begins elsewhere is left from another run of the fan-out, whose pages had other bounds.
    const isNext = note !== undefined && (from === undefined || note.from === from);
    if (!isNext) return { page, from, matchedBefore: matched };
    matched += note.matched;
    if (note.last) return { matched };
    from = note.next;
  }
}

/** The first page of a fan-out that is not done; null once every page is. */
export function openPage(event: Pick<EventRecord, 'fanout'>): OpenPage | null {
  const followed = followPages(event);
  return 'page' in followed ? followed : null;
}

/** How many endpoints a fan-out matched; null until every page is done. */
export function matchedEndpoints(event: EventRecord): number | null {
  const followed = followPages(event);
  return 'matched' in followed ? followed.matched : null;
}

/** Whether every page of the event's fan-out has been sent. A repeated fan-out may have fewer or more pages. */
export const fanoutIsDone = (event: Pick<EventRecord, 'fanout'>) => openPage(event) === null;

/** The endpoints that the fan-out has noted: each has a delivery, or soon will. */
export function notedEndpoints(event: Pick<EventRecord, 'fanout'>): string[] {
  return [...new Set(Object.values(event.fanout).flatMap((page) => page.endpointIds))];
}

/** Maximum endpoint ids that a fan-out keeps with its event: the API shows up to that many deliveries as pending. */
export const NOTED_ENDPOINTS_MAX = 100;

/**
 * The note of a page that has one of the same number already: a repeat, a late copy or another run of the fan-out, which may
 * have chosen other endpoints. It keeps the endpoints of both: each got a message. While the fan-out is not done, the page ends as
 * the later one did; once it is, another run has nothing to add to it, and must not open it again: that may end midway.
 */
export function joinNotes(fanout: EventRecord['fanout'], page: number, later: FanoutPage): FanoutPage {
  const earlier = fanout[page];
  if (earlier === undefined) return later;
  const endpointIds = [...new Set([...earlier.endpointIds, ...later.endpointIds])].slice(0, NOTED_ENDPOINTS_MAX);
  if (fanoutIsDone({ fanout })) {
    return { ...earlier, endpointIds, matched: Math.max(earlier.matched, endpointIds.length) };
  }
  const before = earlier.from === later.from ? earlier.matched : 0;
  return { ...later, endpointIds, matched: Math.max(before, later.matched, endpointIds.length) };
}

/** The ledger's events, as the fan-out needs them. */
export interface FanoutLedger {
  /** Strongly consistent. */
  find(ids: string[]): Promise<Map<string, EventRecord>>;
  /** Notes a page whose messages are sent; joined with an earlier note of that page. Idempotent. */
  notePage(eventId: string, page: number, note: FanoutPage): Promise<void>;
  /**
   * Marks an event as wide or not, unless it has a mark, or a page noted without one.
   * @returns whether the event is wide: the first decision stands.
   */
  markWide(eventId: string, wide: boolean): Promise<boolean>;
}

export interface PayloadReader {
  /** The envelope, byte for byte. */
  get(ref: PayloadRef): Promise<string>;
}
