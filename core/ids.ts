import { createHash } from 'node:crypto';
import type { Random } from './random.ts';

/** Crockford's base 32 in lower case: sorts like the number, and has no letters that look like digits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const BODY = '[0-9a-hjkmnp-tv-z]{26}';
/** Matches every delivery id; the groups are the bodies of the event's and the endpoint's ids. */
export const deliveryIdPattern = new RegExp(`^dlv_(${BODY})_(${BODY})$`);

/** What an id names: its visible prefix. */
export type IdPrefix = 'evt' | 'ep' | 'key' | 'ses' | 'job' | 'aud' | 'dk' | 'hold';

function base32(bytes: Uint8Array): string {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = '';
  for (let digit = 0; digit < 26; digit++) {
    text = ALPHABET[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return text;
}

/**
 * A new id: 48 bits of time, then 80 random bits, so that ids sort by creation. It holds no full stop, since
 * Standard Webhooks joins id, timestamp and body by full stops.
 */
export function newId(prefix: IdPrefix, nowMs: number, random: Random): string {
  return idOf(prefix, nowMs, random.bytes(10));
}

/** The smallest id of a point in time: later ids are greater, earlier ids smaller. */
export function leastId(prefix: IdPrefix, atMs: number): string {
  return idOf(prefix, Math.max(0, atMs), new Uint8Array(10));
}

function idOf(prefix: IdPrefix, atMs: number, rest: Uint8Array): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, Math.floor(atMs / 0x10000));
  new DataView(bytes.buffer).setUint16(4, atMs % 0x10000);
  bytes.set(rest, 6);
  return `${prefix}_${base32(bytes)}`;
}

/** The event id derived from an idempotency key: a repeat of the same request maps to the same event. */
export function eventIdForKey(tenant: string, idempotencyKey: string): string {
  const digest = createHash('sha256').update(`${tenant}\n${idempotencyKey}`).digest();
  return `evt_${base32(digest.subarray(0, 16))}`;
}

/** Whether a text has the shape of an id of this kind. */
export function isId(prefix: IdPrefix, text: string): boolean {
  return idPattern(prefix).test(text);
}

/** Matches every id of a kind. */
export function idPattern(prefix: IdPrefix): RegExp {
  return new RegExp(`^${prefix}_${BODY}$`);
}

/** A delivery id is made of the ids that it joins, so finding one needs no look-up index. */
export function deliveryId(eventId: string, endpointId: string): string {
  return `dlv_${eventId.slice('evt_'.length)}_${endpointId.slice('ep_'.length)}`;
}

/** The event and endpoint that a delivery id joins, or undefined when the text is not a delivery id. */
export function splitDeliveryId(id: string): { eventId: string; endpointId: string } | undefined {
  const match = deliveryIdPattern.exec(id);
  return match ? { eventId: `evt_${match[1]}`, endpointId: `ep_${match[2]}` } : undefined;
}

/** A new trace id, as in W3C Trace Context: 16 bytes in hexadecimal. */
export function newTraceId(random: Random): string {
  return Buffer.from(random.bytes(16)).toString('hex');
}

/** A stable shard in [0, shards) for a text: spreads one endpoint's or tenant's writes over index partitions. */
export function shardOf(text: string, shards: number): number {
  let hash = 2166136261;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 16777619);
  }
  return (hash >>> 0) % shards;
}
