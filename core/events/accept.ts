import type { Wait } from '../clock.ts';
import { Problem } from '../problem.ts';
import type { Random } from '../random.ts';
import { type AcceptedEvent, type AcceptedEvents, type CarriedPayload, carryPayload, packDetails } from './accepted.ts';
import { payloadKey } from './envelope.ts';
import type { EventRecord, PayloadRef } from './event.ts';

/** The payload bucket: objects of one or more envelopes, written once and never changed (claim-check pattern). */
export interface PayloadWriter {
  put(key: string, body: string): Promise<void>;
}

/** The ledger's events, as accepting them needs it. */
export interface EventWriter {
  /** Stores the event unless an unexpired one has the same id. */
  create(event: EventRecord): Promise<'created' | 'exists'>;
  /** Stores events with new random ids. */
  createFresh(events: EventRecord[]): Promise<void>;
  /** Strongly consistent; events past their expiry count as absent. */
  find(ids: string[]): Promise<Map<string, EventRecord>>;
  /** Points the event to another object with the same bytes, to complete an unfinished request. */
  repoint(id: string, payload: PayloadRef): Promise<void>;
}

/** The bus. `put` returns the indexes of entries that were not taken; the caller repeats those. */
export interface EventBus {
  put(entries: AcceptedEvents[]): Promise<number[]>;
}

/** An event on its way to being accepted. */
export interface Acceptance {
  record: EventRecord;
  /** The envelope. */
  body: string;
  /** Whether it was accepted before: the fan-out may then only fill gaps. */
  repeat: boolean;
}

/** Builds the acceptance of an existing event: with its stored times, so that the envelope has the same bytes. */
export type Repeated = (existing: EventRecord) => Acceptance | Promise<Acceptance>;

export interface StorePorts {
  payloads: PayloadWriter;
  events: Pick<EventWriter, 'create' | 'find' | 'repoint'>;
}

/** Stores payload and metadata in parallel: accepting an event takes two sequential round trips, this and the bus. */
export async function storeEvent(acceptance: Acceptance, repeated: Repeated, ports: StorePorts): Promise<void> {
  const { record, body } = acceptance;
  record.payload = { ...record.payload, length: record.sizeBytes };
  const [, outcome] = await Promise.all([ports.payloads.put(record.payload.key, body), ports.events.create(record)]);
  if (outcome === 'exists') await completeRepeat(acceptance, repeated, ports);
}

/**
 * Completes an event that exists already: by a repeat, or by a concurrent request with the same key. The envelope is
 * put again, since the first request may have died before its own put.
 */
export async function completeRepeat(acceptance: Acceptance, repeated: Repeated, ports: StorePorts): Promise<void> {
  const { record } = acceptance;
  const existing = (await ports.events.find([record.id])).get(record.id);
  if (existing === undefined) {
    throw new Problem('unavailable', 'The event changed while it was stored: send it again.', { retryAfterSeconds: 1 });
  }
  // This is our own put: it succeeded, and the SDK repeated it because its response was lost.
  if (existing.nonce === record.nonce) return;
  const again = await repeated(existing);
  const length = Buffer.byteLength(again.body);
  const payload = { key: payloadKey(record.tenant, record.id, again.body), offset: 0, length };
  await ports.payloads.put(payload.key, again.body);
  if (existing.payload.key !== payload.key) await ports.events.repoint(record.id, payload);
  Object.assign(acceptance, { record: { ...again.record, payload }, body: again.body, repeat: true });
}

/** An event on its way to the fan-out. @param repeat whether it was announced before: the fan-out may then only fill gaps. */
export function acceptedEventOf(
  { id, type, acceptedAt, expiresAt, traceId }: EventRecord,
  payload: CarriedPayload,
  repeat: boolean,
): AcceptedEvent {
  return { id, type, acceptedAt, expiresAt, traceId, payload, ...(repeat && { repeat }) };
}

export interface BusPorts {
  bus: EventBus;
  wait: Wait;
  random: Random;
}

/** Hands stored events to the fan-out. @throws Problem `unavailable` when the bus did not take them all. */
export async function putOnBus(accepted: Acceptance[], ports: BusPorts): Promise<void> {
  const byTenant = Map.groupBy(accepted, ({ record }) => record.tenant);
  const entries = [...byTenant].flatMap(([tenant, events]) =>
    packDetails(
      tenant,
      events.map(({ record, body, repeat }) => acceptedEventOf(record, carryPayload(record.payload, body), repeat)),
    ),
  );
  await resendUndone(entries, (left) => ports.bus.put(left), ports);
}

/** Waits before repeating entries that the bus did not take. Their sum stays well below API Gateway's 30 s. */
const BUS_RETRY_WAITS_MS = [50, 200, 800];

/**
 * Puts entries on the bus, and repeats those that it did not take.
 * @param put returns the indexes of entries that were not taken.
 * @throws Problem `unavailable` when some were never taken.
 */
export async function resendUndone<Entry>(
  entries: Entry[],
  put: (entries: Entry[]) => Promise<number[]>,
  { wait, random }: Pick<BusPorts, 'wait' | 'random'>,
): Promise<void> {
  let left = entries;
  for (const waitMs of [...BUS_RETRY_WAITS_MS, null]) {
    const failed = new Set(await put(left));
    if (failed.size === 0) return;
    if (waitMs === null) break;
    left = left.filter((_, index) => failed.has(index));
    await wait(waitMs * (0.5 + random.unit()));
  }
  throw new Problem('unavailable', 'The event could not be queued: send it again, with the same idempotency key.', {
    retryAfterSeconds: 1,
  });
}
