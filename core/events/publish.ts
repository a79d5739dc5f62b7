import type { Clock, Wait } from '../clock.ts';
import { isoTime } from '../clock.ts';
import type { ApiKey } from '../keys/key.ts';
import { Problem } from '../problem.ts';
import type { Random } from '../random.ts';
import { type AcceptedEvent, type AcceptedEvents, fitsInline, packDetails } from './accepted.ts';
import { buildEnvelope, payloadKey } from './envelope.ts';
import type { EventRecord, PayloadRef } from './event.ts';
import { type Candidate, readCandidates } from './read-candidates.ts';

/** The claim check: envelopes as objects, written once, never changed. */
export interface PayloadWriter {
  put(key: string, body: string): Promise<void>;
}

/** The ledger's events, as publishing needs them. */
export interface EventWriter {
  /** Stores the event unless an unexpired one has its id. */
  create(event: EventRecord): Promise<'created' | 'exists'>;
  /** Stores events whose ids were just drawn by chance. */
  createFresh(events: EventRecord[]): Promise<void>;
  /** Strongly consistent; events past their expiry count as absent. */
  find(ids: string[]): Promise<Map<string, EventRecord>>;
  /** Names another object that holds the same bytes, as healing a half-done request does. */
  repoint(id: string, payload: PayloadRef): Promise<void>;
}

/** The bus. `put` answers which of the entries were not taken, by index; the caller repeats those. */
export interface EventBus {
  put(entries: AcceptedEvents[]): Promise<number[]>;
}

export interface PublishPorts {
  payloads: PayloadWriter;
  events: EventWriter;
  bus: EventBus;
  clock: Clock;
  random: Random;
  wait: Wait;
  retentionMs: number;
}

export interface PublishRequest {
  key: ApiKey;
  /** The request's body, as text. */
  body: string;
  idempotencyKey: string | undefined;
  /** W3C trace id of the request, or a fresh one. */
  traceId: string;
}

export interface Published {
  id: string;
  duplicate: boolean;
}

interface Prepared {
  candidate: Candidate;
  record: EventRecord;
  body: string;
  repeat: boolean;
}

/**
 * Accepts one event or a list: durable before it says yes. Returns only when payload, metadata and bus entry are all
 * stored; whatever fails before that is healed by the same request repeated with the same idempotency key.
 * @throws Problem `malformed`, `too_large`, `invalid`, `forbidden`, `conflict` (nothing accepted) or `unavailable`.
 */
export async function publish(request: PublishRequest, ports: PublishPorts): Promise<Published[]> {
  const candidates = readCandidates(request, ports);
  const known = await findRepeats(candidates, ports);
  const prepared = candidates.map((candidate) => prepare(candidate, known.get(candidate.id), request.traceId, ports));
  await store(prepared, ports);
  await announce(prepared, ports);
  return prepared.map(({ record, repeat }) => ({ id: record.id, duplicate: repeat }));
}

/** All keys of a list are checked before anything is stored. A single event finds its repeat by the conditional put. */
async function findRepeats(candidates: Candidate[], ports: PublishPorts): Promise<Map<string, EventRecord>> {
  const keyed = candidates.filter((candidate) => candidate.keyed);
  if (candidates.length === 1 || keyed.length === 0) return new Map();
  const known = await ports.events.find(keyed.map((candidate) => candidate.id));
  for (const candidate of keyed) refuseConflict(candidate, known.get(candidate.id));
  return known;
}

function refuseConflict(candidate: Candidate, existing: EventRecord | undefined): void {
  if (existing === undefined || existing.requestHash === candidate.requestHash) return;
  const path = [...candidate.path, 'idempotency_key'].join('.');
  throw new Problem('conflict', 'This idempotency key was used for another event; nothing of this request is stored.', {
    faults: [{ path, message: 'Used before with another body: send the same body, or use a new key.' }],
  });
}

function prepare(
  candidate: Candidate,
  existing: EventRecord | undefined,
  traceId: string,
  ports: PublishPorts,
): Prepared {
  const acceptedAt = existing?.acceptedAt ?? ports.clock();
  const given = candidate.input.timestamp;
  const timestamp = existing?.timestamp ?? isoTime(given === undefined ? acceptedAt : Date.parse(given));
  const body = buildEnvelope({ ...candidate, timestamp });
  const { version, metadata, resource_url: resourceUrl } = candidate.input;
  const record: EventRecord = {
    id: candidate.id,
    tenant: candidate.tenant,
    type: candidate.input.type,
    timestamp,
    acceptedAt,
    ...(version !== undefined && { version }),
    ...(metadata !== undefined && { metadata }),
    ...(resourceUrl !== undefined && { resourceUrl }),
    sizeBytes: Buffer.byteLength(body),
    payload: existing?.payload ?? { key: payloadKey(candidate.tenant, candidate.id, body), offset: 0, length: 0 },
    requestHash: candidate.requestHash,
    nonce: existing?.nonce ?? Buffer.from(ports.random.bytes(6)).toString('base64url'),
    traceId: existing?.traceId ?? traceId,
    expiresAt: existing?.expiresAt ?? acceptedAt + ports.retentionMs,
    fanout: {},
  };
  return { candidate, record, body, repeat: existing !== undefined };
}

async function store(prepared: Prepared[], ports: PublishPorts): Promise<void> {
  const [first] = prepared;
  if (prepared.length === 1 && first !== undefined) return storeOne(first, ports);
  return storeList(prepared, ports);
}

/** Payload and metadata go at once: the sequential part of a publish is two round trips, this and the bus. */
async function storeOne(prepared: Prepared, ports: PublishPorts): Promise<void> {
  const { record, body } = prepared;
  record.payload = { ...record.payload, length: record.sizeBytes };
  const [, outcome] = await Promise.all([ports.payloads.put(record.payload.key, body), ports.events.create(record)]);
  if (outcome === 'exists') await heal(prepared, ports);
}

/** A list rests in one object; each event is a range of its bytes. */
async function storeList(prepared: Prepared[], ports: PublishPorts): Promise<void> {
  const text = prepared.map(({ body }) => body).join('');
  const [first] = prepared;
  if (first === undefined) return;
  const key = payloadKey(first.record.tenant, first.record.id, text);
  let offset = 0;
  const moved: Prepared[] = [];
  for (const one of prepared) {
    const payload = { key, offset, length: one.record.sizeBytes };
    if (one.repeat && one.record.payload.key !== key) moved.push(one);
    one.record.payload = payload;
    offset += payload.length;
  }
  const isNew = prepared.filter(({ repeat }) => !repeat);
  const [, , ...outcomes] = await Promise.all([
    ports.payloads.put(key, text),
    ports.events.createFresh(isNew.filter(({ candidate }) => !candidate.keyed).map(({ record }) => record)),
    ...isNew
      .filter(({ candidate }) => candidate.keyed)
      .map(async (one) => ({ one, outcome: await ports.events.create(one.record) })),
  ]);
  await Promise.all(moved.map(({ record }) => ports.events.repoint(record.id, record.payload)));
  await Promise.all(outcomes.map(({ one, outcome }) => (outcome === 'exists' ? heal(one, ports) : undefined)));
}

/**
 * The event was there already: a repeat, or another request with the same key at the same moment. The envelope is built
 * again with the stored time (identical bytes) and put again, since the first request may have died before its own put.
 */
async function heal(prepared: Prepared, ports: PublishPorts): Promise<void> {
  const { candidate, record } = prepared;
  const existing = (await ports.events.find([record.id])).get(record.id);
  if (existing === undefined) {
    throw new Problem('unavailable', 'The event changed while it was stored: send it again.', { retryAfterSeconds: 1 });
  }
  // Our own put: it took effect, and the SDK repeated it when its answer was lost.
  if (existing.nonce === record.nonce) return;
  refuseConflict(candidate, existing);
  const again = prepare(candidate, existing, record.traceId, ports);
  again.record.payload = {
    key: payloadKey(record.tenant, record.id, again.body),
    offset: 0,
    length: again.record.sizeBytes,
  };
  await ports.payloads.put(again.record.payload.key, again.body);
  if (existing.payload.key !== again.record.payload.key) await ports.events.repoint(record.id, again.record.payload);
  Object.assign(prepared, again, { repeat: true });
}

function announced({ record, body, repeat }: Prepared): AcceptedEvent {
  return {
    id: record.id,
    type: record.type,
    acceptedAt: record.acceptedAt,
    expiresAt: record.expiresAt,
    traceId: record.traceId,
    payload: fitsInline(body) ? { ...record.payload, inline: body } : record.payload,
    ...(repeat && { repeat }),
  };
}

/** Waits before repeating entries that the bus did not take. The sum stays well below the gateway's 30 s. */
const BUS_RETRY_WAITS_MS = [50, 200, 800];

async function announce(prepared: Prepared[], ports: PublishPorts): Promise<void> {
  const byTenant = Map.groupBy(prepared, ({ record }) => record.tenant);
  let entries = [...byTenant].flatMap(([tenant, events]) => packDetails(tenant, events.map(announced)));
  for (const waitMs of [...BUS_RETRY_WAITS_MS, null]) {
    const failed = new Set(await ports.bus.put(entries));
    if (failed.size === 0) return;
    if (waitMs === null) break;
    entries = entries.filter((_, index) => failed.has(index));
    await ports.wait(waitMs * (0.5 + ports.random.unit()));
  }
  throw new Problem('unavailable', 'The event could not be queued: send it again, with the same idempotency key.', {
    retryAfterSeconds: 1,
  });
}
