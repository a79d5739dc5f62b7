import * as z from 'zod';
import { type PayloadRef, payloadRef } from './event.ts';

/**
 * A body rides inside messages while the whole delivery message stays within 60 KB, one 64 KB billing unit of SQS and
 * EventBridge. Ids, tenant, type, payload name and trace take less than 1 KB.
 */
export const INLINE_BYTES_MAX = 60 * 1024 - 1024;

/**
 * With lone surrogates, the characters that no message of SQS may hold, whoever sends it: EventBridge too, which would
 * take the event, fail to hand it to the queue and fail to put it into the dead-letter queue. JSON may hold U+FFFE and
 * U+FFFF. To escape them is no way out, since EventBridge parses what it is given and writes it anew.
 * Source: SQS API reference, SendMessage, MessageBody.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that SQS refuses are what is looked for
const REFUSED_BY_SQS = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/** How a message carries the envelope: always where it rests, and its text too where a message can hold that. */
export const carriedPayload = payloadRef.extend({ inline: z.string().optional() });
export type CarriedPayload = z.output<typeof carriedPayload>;

/** An envelope as a message carries it. The only place that lets one ride along, and the only foreign text in messages. */
export function carryPayload(payload: PayloadRef, body: string): CarriedPayload {
  return isSmall(body) && isCarriable(body) ? { ...payload, inline: body } : payload;
}

/** The size that counts is that of its JSON string. */
function isSmall(body: string): boolean {
  return body.length <= INLINE_BYTES_MAX && Buffer.byteLength(JSON.stringify(body)) <= INLINE_BYTES_MAX;
}

function isCarriable(body: string): boolean {
  return body.isWellFormed() && !REFUSED_BY_SQS.test(body);
}

/** An accepted event on its way to the fan-out. Times in ms since the epoch. */
export const acceptedEvent = z.object({
  id: z.string(),
  type: z.string(),
  acceptedAt: z.number(),
  expiresAt: z.number(),
  traceId: z.string(),
  payload: carriedPayload,
  /** The producer sent this event before: fan-out may only fill gaps. */
  repeat: z.boolean().optional(),
});
export type AcceptedEvent = z.output<typeof acceptedEvent>;

/** The detail of `event.accepted` on the bus, and the body of a fan-out message: events of one tenant. */
export const acceptedEvents = z.object({ v: z.literal(1), tenant: z.string(), events: z.array(acceptedEvent).min(1) });
export type AcceptedEvents = z.output<typeof acceptedEvents>;

/** Largest detail of one entry, in bytes. An entry becomes one SQS message; retries of it repeat all its events. */
export const DETAIL_BYTES_MAX = 200 * 1024;

/** Packs events of one tenant into as few details as possible. */
export function packDetails(tenant: string, events: AcceptedEvent[]): AcceptedEvents[] {
  const details: AcceptedEvents[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(JSON.stringify(event));
    const open = details.at(-1);
    if (open && bytes + size <= DETAIL_BYTES_MAX) {
      open.events.push(event);
      bytes += size;
    } else {
      details.push({ v: 1, tenant, events: [event] });
      bytes = size;
    }
  }
  return details;
}
