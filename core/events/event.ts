import * as z from 'zod';
import { Problem } from '../problem.ts';

/** The types of our own operational events begin so; no producer may use it. */
export const OPERATIONAL_PREFIX = 'postrider.';

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
