import * as z from 'zod';
import { Problem } from '../problem.ts';

/** Where an event's envelope is stored: a byte range of one object in the payload bucket. */
export const payloadRef = z.object({ key: z.string(), offset: z.number(), length: z.number() });
export type PayloadRef = z.output<typeof payloadRef>;

/** The problem of a payload that is missing although its event exists: somebody removed it. */
export function payloadGone(): Problem {
  return new Problem('gone', "The event's payload is no longer stored: publish the event again.");
}

/** One completed page of a fan-out: how many endpoints matched and, up to 100 in all, which. */
export interface FanoutPage {
  matched: number;
  endpointIds: string[];
  /** Whether this page is the end of the fan-out. */
  last: boolean;
  /** Where a further page begins: a page of the same number that began elsewhere is another page. */
  from?: string;
}

/** An accepted event in the ledger. Times in ms since the epoch, unless noted otherwise. */
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
  /** SHA-256 of what the producer sent: distinguishes a repeat from a conflict. */
  requestHash: string;
  /** Random per request that stores the event: distinguishes its own repeated put from another request's. */
  nonce: string;
  /** W3C trace id of the event. */
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
    // Pages after the last one are left from an earlier run of the fan-out with other pages.
    if (note.last) return matched;
  }
}

/** Whether every page of the event's fan-out has been sent. A repeated fan-out may have fewer or more pages. */
export const fanoutIsDone = (event: EventRecord) => matchedEndpoints(event) !== null;

/** The endpoints that the fan-out has noted: each has a delivery, or soon will. */
export function notedEndpoints(event: EventRecord): string[] {
  return Object.values(event.fanout).flatMap((page) => page.endpointIds);
}

/** Maximum endpoint ids kept with an event: the API shows up to that many deliveries as pending. */
export const NOTED_ENDPOINTS_MAX = 100;

/** The ledger's events, as the fan-out needs them. */
export interface FanoutLedger {
  /** Strongly consistent. */
  find(ids: string[]): Promise<Map<string, EventRecord>>;
  /** Notes a page whose messages are sent. Idempotent. */
  notePage(eventId: string, page: number, note: FanoutPage): Promise<void>;
}

export interface PayloadReader {
  /** The envelope, byte for byte. */
  get(ref: PayloadRef): Promise<string>;
}
