import * as z from 'zod';
import {
  type AttemptEntry,
  DEATH_REASONS,
  type DeliveryRecord,
  DISCARD_REASONS,
  isRecordedStatus,
  storedClaim,
  storedDeadLetter,
  storedNotice,
  WAITING_FOR,
} from '../../core/deliveries/record.ts';
import { ATTEMPT_ERROR_CODES, ATTEMPT_ERROR_DETAILS } from '../../core/deliveries/sender.ts';
import { dueAt, endedAs } from '../../core/deliveries/work-lists.ts';
import { payloadKeyOf } from '../../core/events/envelope.ts';
import type { PayloadRef } from '../../core/events/event.ts';
import { UnreadableItem } from '../../core/unreadable-item.ts';
import { type Item, number, readDocument, text } from './client.ts';
import {
  deliveriesWithNotices,
  deliveryKey,
  dueDeliveries,
  endpointDeliveries,
  failedDeliveries,
  heldDeliveries,
  keyAttributes,
  readDeliveryKey,
  shardOfDelivery,
  shardOfEvent,
  timed,
} from './keys.ts';

export interface Shards {
  list: number;
  waiting: number;
}

const attempt = z.tuple([
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number().nullable(),
  z.enum(ATTEMPT_ERROR_CODES).nullable(),
  z.string(),
]);
type Attempt = z.output<typeof attempt>;
/** Why TLS failed. One that a later version may add reads as none. */
const detail = z.enum(ATTEMPT_ERROR_DETAILS).nullable().catch(null);

/** What an attempt has besides: its URL, the address, and headers of its answer. Null for none. */
const besides = z.tuple([z.string().nullable(), z.string().nullable(), z.record(z.string(), z.string()).nullable()]);
/** Stands for the URL of the attempt before: most go to the same. */
const SAME_URL = '';

/** How documents hold attempts. */
export const attemptMembers = {
  h: z.array(attempt),
  /** The details of the attempts' errors, in the order of the attempts. Absent if there are none. */
  hd: z.array(detail).exactOptional(),
  /** What they have besides, in the same order. Absent if they have nothing. */
  hx: z.array(besides).exactOptional(),
};
type AttemptMembers = z.output<z.ZodObject<typeof attemptMembers>>;

/**
 * The document of a delivery, with short names and without what its keys hold: an item with one attempt must stay
 * within 1 KB, one write unit. A member is absent for null, false, no rounds and an empty list, and the details if there are none.
 */
const document = z.object({
  t: z.string(),
  y: z.string(),
  c: z.number(),
  s: z.number(),
  n: z.number(),
  w: z.enum(WAITING_FOR).exactOptional(),
  x: z.number().exactOptional(),
  e: z.string().exactOptional(),
  r: z.enum(DISCARD_REASONS).exactOptional(),
  d: storedDeadLetter.exactOptional(),
  j: z.enum(DEATH_REASONS).exactOptional(),
  a: z.string().exactOptional(),
  k: z.number().exactOptional(),
  b: z.string().exactOptional(),
  l: storedClaim.exactOptional(),
  q: z.number().exactOptional(),
  ro: z.number().exactOptional(),
  v: z.literal(1).exactOptional(),
  g: z.array(storedNotice).exactOptional(),
  f: z.literal(1).exactOptional(),
  p: z.tuple([z.string(), z.number(), z.number()]),
  z: z.number(),
  i: z.string(),
  ...attemptMembers,
  m: z.number(),
  u: z.number(),
  o: z.number().exactOptional(),
});
type Document = z.output<typeof document>;

type Owner = Pick<DeliveryRecord, 'tenant' | 'eventId'>;

/** The payload key of an event published alone holds what the record has anyway, so only its digest is stored. */
function shortPayload(record: DeliveryRecord): [string, number, number] {
  const { key, offset, length } = record.payload;
  const digest = key.slice(key.lastIndexOf('/') + 1);
  return [key === ownKey(record, digest) ? `=${digest}` : key, offset, length];
}

function longPayload([key, offset, length]: [string, number, number], owner: Owner): PayloadRef {
  // Keys once began with the tenant.
  if (key.startsWith('~')) return { key: `${owner.tenant}/${owner.eventId}/${key.slice(1)}`, offset, length };
  return { key: key.startsWith('=') ? ownKey(owner, key.slice(1)) : key, offset, length };
}

const ownKey = ({ tenant, eventId }: Owner, digest: string) => payloadKeyOf(tenant, eventId, digest);

const shortAttempt = (entry: AttemptEntry): Attempt => [
  entry.number,
  entry.cycle,
  entry.at,
  entry.durationMs,
  entry.statusCode,
  entry.errorCode,
  entry.responseExcerpt,
];

function longAttempt(
  [number, cycle, at, durationMs, statusCode, errorCode, responseExcerpt]: Attempt,
  errorDetail: z.output<typeof detail> = null,
): AttemptEntry {
  const entry = { number, cycle, at, durationMs, statusCode, errorCode, responseExcerpt };
  return errorDetail === null ? entry : { ...entry, errorDetail };
}

/** A URL is written once for all attempts in a row that have it. */
function besidesOf(attempts: AttemptEntry[]): z.output<typeof besides>[] {
  return attempts.map(({ url = null, remoteIp = null, responseHeaders = null }, at) => {
    const isSame = url !== null && url === attempts[at - 1]?.url;
    return [isSame ? SAME_URL : url, remoteIp, responseHeaders && { ...responseHeaders }];
  });
}

/** Reads what `besidesOf` made. */
function readBesides(all: z.output<typeof besides>[]): Pick<AttemptEntry, 'url' | 'remoteIp' | 'responseHeaders'>[] {
  let before: string | null = null;
  return all.map(([stored, remoteIp, responseHeaders]) => {
    const url: string | null = stored === SAME_URL ? before : stored;
    before = url;
    return {
      ...(url !== null && { url }),
      ...(remoteIp !== null && { remoteIp }),
      ...(responseHeaders !== null && { responseHeaders }),
    };
  });
}

/** Attempts as members of a document. */
export function membersOf(attempts: AttemptEntry[]): AttemptMembers {
  return {
    h: attempts.map(shortAttempt),
    ...(attempts.some(({ errorDetail }) => errorDetail) && {
      hd: attempts.map(({ errorDetail = null }) => errorDetail),
    }),
    ...(attempts.some(({ url, remoteIp, responseHeaders }) => url ?? remoteIp ?? responseHeaders) && {
      hx: besidesOf(attempts),
    }),
  };
}

/** Reads what `membersOf` made. */
export function readMembers({ h, hd, hx = [] }: AttemptMembers): AttemptEntry[] {
  const more = readBesides(hx);
  return h.map((entry, at) => ({ ...longAttempt(entry, hd?.[at]), ...more[at] }));
}

function documentOf(record: DeliveryRecord): Document {
  return {
    t: record.tenant,
    y: record.eventType,
    c: record.next.cycle,
    s: record.next.step,
    n: record.attemptCount,
    p: shortPayload(record),
    z: record.acceptedAt,
    i: record.traceId,
    ...membersOf(record.attempts),
    m: record.createdAt,
    u: record.updatedAt,
    ...(record.waitingFor && { w: record.waitingFor }),
    ...(record.nextAttemptAt !== null && { x: record.nextAttemptAt }),
    ...(record.lastError && { e: record.lastError }),
    ...(record.discardReason && { r: record.discardReason }),
    ...(record.deadLetter && { d: record.deadLetter }),
    ...(record.deathReason && { j: record.deathReason }),
    ...(record.adoptedMessageId && { a: record.adoptedMessageId }),
    ...(record.adoptedSentAt !== null && { k: record.adoptedSentAt }),
    ...(record.adoptedCopy !== null && { b: record.adoptedCopy }),
    ...(record.claim && { l: record.claim }),
    ...(record.slot !== null && { q: record.slot }),
    ...(record.rounds > 0 && { ro: record.rounds }),
    ...(record.recovering && { v: 1 as const }),
    ...(record.outbox.length > 0 && { g: record.outbox }),
    ...(record.forced && { f: 1 as const }),
    ...(record.deliveredAt !== null && { o: record.deliveredAt }),
  };
}

/**
 * The sparse index key of a delivery that waits or is retried, has failed, or has a notice in its outbox. Others are not in
 * the index: those that are delivered at their first attempt never.
 */
function sparseKey(record: DeliveryRecord, shard: number): { pk: string; sk: string } | undefined {
  const { endpointId, eventId, status, waitingFor } = record;
  if (status === 'waiting') {
    if (waitingFor === 'paused' || waitingFor === 'circuit') {
      return { pk: heldDeliveries(endpointId, shard), sk: timed(record.acceptedAt, eventId, endpointId) };
    }
  }
  const due = dueAt(record);
  if (due !== undefined && (status === 'waiting' || record.outbox.length === 0)) {
    return { pk: dueDeliveries(shard), sk: timed(due, eventId, endpointId) };
  }
  const how = endedAs(record);
  const ended = `${how ?? status}#${timed(record.updatedAt, eventId, endpointId)}`;
  if (record.outbox.length > 0) return { pk: deliveriesWithNotices(shard), sk: ended };
  return how && { pk: failedDeliveries(shard), sk: ended };
}

/** A delivery as an item of the ledger. */
export function deliveryItem(record: DeliveryRecord, shards: Shards): Item {
  const { eventId, endpointId } = record;
  const sparse = sparseKey(record, shardOfDelivery(record, shards.waiting));
  return {
    ...keyAttributes(deliveryKey(record)),
    list_pk: { S: endpointDeliveries(endpointId, shardOfEvent(eventId, shards.list)) },
    list_sk: { S: timed(record.createdAt, eventId) },
    ...(sparse && { sparse_pk: { S: sparse.pk }, sparse_sk: { S: sparse.sk } }),
    status: { S: record.status },
    rev: { N: String(record.revision) },
    expires_at: { N: String(Math.floor(record.expiresAt / 1000)) },
    doc: { S: JSON.stringify(documentOf(record)) },
  };
}

/** Items from before version 0.1.0 record why a delivery is dead only in the text of its last error. */
function formerDeathReason(lastError: string | undefined): DeliveryRecord['deathReason'] {
  return DEATH_REASONS.find((reason) => lastError?.startsWith(reason)) ?? 'exhausted';
}

/** Reads a delivery item that this product wrote. */
export function readDeliveryItem(item: Item): DeliveryRecord {
  const read = readDocument(item, 'doc', document);
  const key = readDeliveryKey({ pk: text(item, 'pk'), sk: text(item, 'sk') });
  const status = text(item, 'status');
  if (!isRecordedStatus(status)) throw new UnreadableItem('A delivery has a status that this version does not know.');
  return {
    ...key,
    tenant: read.t,
    eventType: read.y,
    status,
    waitingFor: read.w ?? null,
    next: { cycle: read.c, step: read.s },
    attemptCount: read.n,
    nextAttemptAt: read.x ?? null,
    lastError: read.e ?? null,
    discardReason: read.r ?? null,
    deathReason: read.j ?? (status === 'dead' ? formerDeathReason(read.e) : null),
    deadLetter: read.d ?? null,
    adoptedMessageId: read.a ?? null,
    adoptedSentAt: read.k ?? null,
    adoptedCopy: read.b ?? null,
    claim: read.l ?? null,
    slot: read.q ?? null,
    rounds: read.ro ?? 0,
    recovering: read.v === 1,
    outbox: read.g ?? [],
    forced: read.f === 1,
    payload: longPayload(read.p, { tenant: read.t, eventId: key.eventId }),
    acceptedAt: read.z,
    expiresAt: (number(item, 'expires_at') ?? 0) * 1000,
    traceId: read.i,
    attempts: readMembers(read),
    revision: number(item, 'rev') ?? 0,
    createdAt: read.m,
    updatedAt: read.u,
    deliveredAt: read.o ?? null,
  };
}
