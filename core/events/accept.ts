import type { Wait } from '../clock.ts';
import { Problem } from '../problem.ts';
import type { Random } from '../random.ts';
import { type AcceptedEvent, type AcceptedEvents, carryPayload, packDetails } from './accepted.ts';
import { payloadKey } from './envelope.ts';
import type { EventRecord, PayloadRef } from './event.ts';

/** The claim check: envelopes as objects, written once, never changed. */
export interface PayloadWriter {
  put(key: string, body: string): Promise<void>;
}

/** The ledger's events, as those who accept them need them. */
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

/** An event on its way to being accepted. */
export interface Acceptance {
  record: EventRecord;
  /** The envelope. */
  body: string;
  /** Whether it was accepted before: fan-out may only fill gaps. */
  repeat: boolean;
}

/** What is accepted where the event is there already: with its stored times, so that the envelope is the same bytes. */
export type Repeated = (existing: EventRecord) => Acceptance | Promise<Acceptance>;

export interface StorePorts {
  payloads: PayloadWriter;
  events: Pick<EventWriter, 'create' | 'find' | 'repoint'>;
}

/** Payload and metadata go at once: the sequential part of accepting an event is two round trips, this and the bus. */
export async function storeEvent(acceptance: Acceptance, repeated: Repeated, ports: StorePorts): Promise<void> {
  const { record, body } = acceptance;
  record.payload = { ...record.payload, length: record.sizeBytes };
  const [, outcome] = await Promise.all([ports.payloads.put(record.payload.key, body), ports.events.create(record)]);
  if (outcome === 'exists') await completeRepeat(acceptance, repeated, ports);
}

/**
 * The event was there already: a repeat, or another request with the same key at the same moment. The envelope is put
 * again, since the first request may have died before its own put.
 */
export async function completeRepeat(acceptance: Acceptance, repeated: Repeated, ports: StorePorts): Promise<void> {
  const { record } = acceptance;
  const existing = (await ports.events.find([record.id])).get(record.id);
  if (existing === undefined) {
    throw new Problem('unavailable', 'The event changed while it was stored: send it again.', { retryAfterSeconds: 1 });
  }
  // Our own put: it took effect, and the SDK repeated it when its answer was lost.
  if (existing.nonce === record.nonce) return;
  const again = await repeated(existing);
  const length = Buffer.byteLength(again.body);
  const payload = { key: payloadKey(record.tenant, record.id, again.body), offset: 0, length };
  await ports.payloads.put(payload.key, again.body);
  if (existing.payload.key !== payload.key) await ports.events.repoint(record.id, payload);
  Object.assign(acceptance, { record: { ...again.record, payload }, body: again.body, repeat: true });
}

function acceptedEventOf({ record, body, repeat }: Acceptance): AcceptedEvent {
  return {
    id: record.id,
    type: record.type,
    acceptedAt: record.acceptedAt,
    expiresAt: record.expiresAt,
    traceId: record.traceId,
    payload: carryPayload(record.payload, body),
    ...(repeat && { repeat }),
  };
}

export interface BusPorts {
  bus: EventBus;
  wait: Wait;
  random: Random;
}

/** Hands stored events to the fan-out. @throws Problem `unavailable` when the bus did not take them all. */
export async function putOnBus(accepted: Acceptance[], ports: BusPorts): Promise<void> {
  const byTenant = Map.groupBy(accepted, ({ record }) => record.tenant);
  const entries = [...byTenant].flatMap(([tenant, events]) => packDetails(tenant, events.map(acceptedEventOf)));
  await resendUndone(entries, (left) => ports.bus.put(left), ports);
}

/** Waits before repeating entries that the bus did not take. The sum stays well below the gateway's 30 s. */
const BUS_RETRY_WAITS_MS = [50, 200, 800];

/**
 * Puts entries on the bus; those that it did not take are put again.
 * @param put answers which were not taken, by index.
 * @throws Problem `unavailable` when some were not taken after all.
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
