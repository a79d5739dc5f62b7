import * as z from 'zod';
import { Problem } from '../problem.ts';

/** Where an event's envelope rests: a range of bytes of one object in the payload bucket. */
export const payloadRef = z.object({ key: z.string(), offset: z.number(), length: z.number() });
export type PayloadRef = z.output<typeof payloadRef>;

/** What those who keep payloads say of one that is not there, though its event still is: somebody removed it. */
export function payloadGone(): Problem {
  return new Problem('gone', "The event's payload is no longer stored: publish the event again.");
}

/** One page of a fan-out that is done: how many endpoints matched and, up to 100 in all, which. */
export interface FanoutPage {
  matched: number;
  endpointIds: string[];
  /** Whether this page is the end of the fan-out. */
  last: boolean;
  /** Where a further page begins: one of the same number that began elsewhere was another page. */
  from?: string;
}

/** An accepted event, as the ledger keeps it. Times in ms since the epoch, unless the name says otherwise. */
export interface EventRecord {
  id: string;
  tenant: string;
  type: string;
  /** The event's own time, as in the envelope (RFC 3339). */
  timestamp: string;
  acceptedAt: number;
  version?: string;
  metadata?: Record<string, string>;
  resourceUrl?: string;
  sizeBytes: number;
  payload: PayloadRef;
  /** SHA-256 of what the producer sent: tells a repeat from a conflict. */
  requestHash: string;
  /** Drawn by the request that stored the event: tells its own repeated put from another request's. */
  nonce: string;
  /** W3C trace id that travels with the event. */
  traceId: string;
  expiresAt: number;
  fanout: Record<string, FanoutPage>;
}

/** How many endpoints a fan-out matched; null until every page is done. */
export function matchedEndpoints({ fanout }: EventRecord): number | null {
  let matched = 0;
  for (let page = 0; ; page++) {
    const note = fanout[page];
    if (note === undefined) return null;
    matched += note.matched;
    // Pages behind the last one are left from a fan-out that was repeated, and went otherwise.
    if (note.last) return matched;
  }
}

/** Whether every page of the event's fan-out has been sent: a fan-out that was repeated may have fewer or more of them. */
export const fanoutIsDone = (event: EventRecord) => matchedEndpoints(event) !== null;

/** The endpoints that the fan-out has noted: each has, or soon gets, a delivery. */
export function notedEndpoints(event: EventRecord): string[] {
  return Object.values(event.fanout).flatMap((page) => page.endpointIds);
}

/** Endpoint ids kept with an event, in all: the API shows that many deliveries as pending. */
export const NOTED_ENDPOINTS_MAX = 100;

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
