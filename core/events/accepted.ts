import * as z from 'zod';
import { type PayloadRef, payloadRef } from './event.ts';

/**
 * A body is sent inline as long as the whole delivery message stays within 60 KB, one 64 KB billing unit of SQS and
 * EventBridge. Ids, tenant, type, payload key and trace take less than 1 KB.
 */
export const INLINE_BYTES_MAX = 60 * 1024 - 1024;

/**
 * Besides lone surrogates, the characters that no SQS message may hold, whoever sends it. EventBridge would take such
 * an event, fail to send it to the queue and fail to put it into the dead-letter queue. JSON may hold U+FFFE and
 * U+FFFF. Escaping them does not help, since EventBridge parses and re-serializes the detail. Source: SQS API
 * reference, SendMessage, MessageBody.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that SQS refuses are what is looked for
const REFUSED_BY_SQS = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/** How a message carries the envelope: always by reference, and inline too if a message can hold it. */
export const carriedPayload = payloadRef.extend({ inline: z.string().optional() });
export type CarriedPayload = z.output<typeof carriedPayload>;

/**
 * An envelope as a message carries it. Only this function inlines one, and it is the only external text in messages.
 */
export function carryPayload(payload: PayloadRef, body: string): CarriedPayload {
  return isSmall(body) && isCarriable(body) ? { ...payload, inline: body } : payload;
}

/** Measures its size as a JSON string. */
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
  /** The producer sent this event before: the fan-out may only fill gaps. */
  repeat: z.boolean().optional(),
});
export type AcceptedEvent = z.output<typeof acceptedEvent>;

/** The detail of `event.accepted` on the bus, and the body of a fan-out message: events of one tenant. */
export const acceptedEvents = z.object({ v: z.literal(1), tenant: z.string(), events: z.array(acceptedEvent).min(1) });
export type AcceptedEvents = z.output<typeof acceptedEvents>;

/** Maximum detail of one entry, in bytes. An entry becomes one SQS message; its retries repeat all its events. */
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
