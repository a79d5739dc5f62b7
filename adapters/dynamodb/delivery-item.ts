import {
  type AttemptEntry,
  DEATH_REASONS,
  type DeliveryRecord,
  isRecordedStatus,
} from '../../core/deliveries/record.ts';
import { endedAs } from '../../core/deliveries/work-lists.ts';
import type { PayloadRef } from '../../core/events/event.ts';
import { type Item, number, text } from './client.ts';
import {
  DELIVERY_PREFIX,
  deliveriesWithNotices,
  deliveryKey,
  dueDeliveries,
  endpointDeliveries,
  failedDeliveries,
  heldDeliveries,
  keyAttributes,
  shardOfEvent,
  timed,
} from './keys.ts';

export interface Shards {
  list: number;
  waiting: number;
}

/**
 * The document of a delivery, with short names and without what its keys hold: an item with one attempt must stay
 * within 1 KB, one write unit.
 */
type Document = Partial<{
  t: string;
  y: string;
  c: number;
  s: number;
  n: number;
  w: DeliveryRecord['waitingFor'];
  x: number;
  e: string;
  r: DeliveryRecord['discardReason'];
  d: DeliveryRecord['deadLetter'];
  j: DeliveryRecord['deathReason'];
  a: string;
  k: number;
  b: string;
  l: DeliveryRecord['claim'];
  q: number;
  v: 1;
  g: DeliveryRecord['outbox'];
  f: 1;
  p: [string, number, number];
  z: number;
  i: string;
  h: Attempt[];
  m: number;
  u: number;
  o: number;
}>;

type Attempt = [number, number, number, number, number | null, AttemptEntry['errorCode'], string];

/** The payload key of an event published alone begins with tenant and event, which the record has anyway. */
const ownPrefix = ({ tenant, eventId }: { tenant: string; eventId: string }) => `${tenant}/${eventId}/`;

function shortPayload(record: DeliveryRecord): [string, number, number] {
  const { key, offset, length } = record.payload;
  const prefix = ownPrefix(record);
  return [key.startsWith(prefix) ? `~${key.slice(prefix.length)}` : key, offset, length];
}

function longPayload([key, offset, length]: [string, number, number], prefix: string): PayloadRef {
  return { key: key.startsWith('~') ? prefix + key.slice(1) : key, offset, length };
}

const shortAttempt = (entry: AttemptEntry): Attempt => [
  entry.number,
  entry.cycle,
  entry.at,
  entry.durationMs,
  entry.statusCode,
  entry.errorCode,
  entry.responseExcerpt,
];

const longAttempt = ([
  number,
  cycle,
  at,
  durationMs,
  statusCode,
  errorCode,
  responseExcerpt,
]: Attempt): AttemptEntry => ({
  number,
  cycle,
  at,
  durationMs,
  statusCode,
  errorCode,
  responseExcerpt,
});

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
    h: record.attempts.map(shortAttempt),
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
    ...(record.recovering && { v: 1 as const }),
    ...(record.outbox.length > 0 && { g: record.outbox }),
    ...(record.forced && { f: 1 as const }),
    ...(record.deliveredAt !== null && { o: record.deliveredAt }),
  };
}

/**
 * The sparse index key of a delivery that waits, has failed, or has a notice in its outbox. Others are not in the
 * index.
 */
function sparseKey(record: DeliveryRecord, shard: number): { pk: string; sk: string } | undefined {
  const { endpointId, eventId, status, waitingFor } = record;
  if (status === 'waiting') {
    if (waitingFor === 'paused' || waitingFor === 'circuit') {
      return { pk: heldDeliveries(endpointId, shard), sk: timed(record.acceptedAt, eventId, endpointId) };
    }
    // With a slot, a message is already on its way: no other may be sent.
    if (record.slot !== null) return undefined;
    return { pk: dueDeliveries(shard), sk: timed(record.nextAttemptAt ?? 0, eventId, endpointId) };
  }
  const how = endedAs(record);
  const ended = `${how ?? status}#${timed(record.updatedAt, eventId, endpointId)}`;
  if (record.outbox.length > 0) return { pk: deliveriesWithNotices(shard), sk: ended };
  return how && { pk: failedDeliveries(shard), sk: ended };
}

/** A delivery as an item of the ledger. */
export function deliveryItem(record: DeliveryRecord, shards: Shards): Item {
  const { eventId, endpointId } = record;
  const sparse = sparseKey(record, shardOfEvent(eventId, shards.waiting));
  return {
    ...keyAttributes(deliveryKey(eventId, endpointId)),
    list_pk: { S: endpointDeliveries(endpointId, shardOfEvent(eventId, shards.list)) },
    list_sk: { S: timed(record.createdAt, eventId) },
    ...(sparse && { sparse_pk: { S: sparse.pk }, sparse_sk: { S: sparse.sk } }),
    status: { S: record.status },
    rev: { N: String(record.revision) },
    expires_at: { N: String(Math.floor(record.expiresAt / 1000)) },
    doc: { S: JSON.stringify(documentOf(record)) },
  };
}

/** Items of version 0.1.0 record why a delivery is dead only in the text of its last error. */
function formerDeathReason(lastError: string | undefined): DeliveryRecord['deathReason'] {
  return DEATH_REASONS.find((reason) => lastError?.startsWith(reason)) ?? 'exhausted';
}

/** Reads a delivery item that this product wrote. */
export function readDeliveryItem(item: Item): DeliveryRecord {
  const document: Document = JSON.parse(text(item, 'doc'));
  const eventId = text(item, 'pk').slice('EVENT#'.length);
  const tenant = document.t ?? '';
  const status = text(item, 'status');
  if (!isRecordedStatus(status))
    throw new Error('A delivery in the ledger has a status that this version does not know.');
  return {
    eventId,
    endpointId: text(item, 'sk').slice(DELIVERY_PREFIX.length),
    tenant,
    eventType: document.y ?? '',
    status,
    waitingFor: document.w ?? null,
    next: { cycle: document.c ?? 1, step: document.s ?? 1 },
    attemptCount: document.n ?? 0,
    nextAttemptAt: document.x ?? null,
    lastError: document.e ?? null,
    discardReason: document.r ?? null,
    deathReason: document.j ?? (status === 'dead' ? formerDeathReason(document.e) : null),
    deadLetter: document.d ?? null,
    adoptedMessageId: document.a ?? null,
    adoptedSentAt: document.k ?? null,
    adoptedCopy: document.b ?? null,
    claim: document.l ?? null,
    slot: document.q ?? null,
    recovering: document.v === 1,
    outbox: document.g ?? [],
    forced: document.f === 1,
    payload: longPayload(document.p ?? ['', 0, 0], ownPrefix({ tenant, eventId })),
    acceptedAt: document.z ?? 0,
    expiresAt: (number(item, 'expires_at') ?? 0) * 1000,
    traceId: document.i ?? '',
    attempts: (document.h ?? []).map(longAttempt),
    revision: number(item, 'rev') ?? 0,
    createdAt: document.m ?? 0,
    updatedAt: document.u ?? 0,
    deliveredAt: document.o ?? null,
  };
}
