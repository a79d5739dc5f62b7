import { createHash } from 'node:crypto';
import { type Clock, isoTime } from '../clock.ts';
import {
  type Acceptance,
  type BusPorts,
  completeRepeat,
  putOnBus,
  resendUndone,
  type StorePorts,
} from '../events/accept.ts';
import { buildEnvelope, payloadKey } from '../events/envelope.ts';
import type { EventRecord, PayloadRef } from '../events/event.ts';
import { newTraceId } from '../ids.ts';
import { randomToken } from '../random.ts';
import type { OperationalEvent } from './operational-event.ts';

/**
 * An operational event for the operator's own rules: a separate entry, named by its type, with the envelope as detail.
 */
export interface RuleEntry {
  type: string;
  envelope: string;
}

export interface PublishPorts extends BusPorts, StorePorts {
  payloads: StorePorts['payloads'] & { get(ref: PayloadRef): Promise<string> };
  /** The bus, for the operator's own rules. Returns the indexes of entries that were not taken. */
  rules: { tell(entries: RuleEntry[]): Promise<number[]> };
  clock: Clock;
  retentionMs: number;
}

/**
 * Stores an operational event. A repeat is the same event with the same bytes, even if the data has changed since:
 * endpoints may already have received it. The payload is stored first, so that a stored event always has its payload.
 */
export async function storeOperationalEvent(event: OperationalEvent, ports: PublishPorts): Promise<Acceptance> {
  const acceptance = acceptanceOf(event, ports);
  const { record, body } = acceptance;
  await ports.payloads.put(record.payload.key, body);
  const outcome = await ports.events.create(record);
  if (outcome === 'exists') await completeRepeat(acceptance, (existing) => again(acceptance, existing, ports), ports);
  return acceptance;
}

/**
 * Stores an operational event together with a text of ours, in one object: what is stored first is what the event is and
 * what its text says, for good.
 * @param text ASCII; not empty. It precedes the envelope in the object, so receivers never see it.
 * @returns the event as stored, and the text stored with it.
 */
export async function storeWithText(
  event: OperationalEvent,
  text: string,
  ports: PublishPorts,
): Promise<{ accepted: Acceptance; text: string }> {
  const known = await findWithText(event.id, ports);
  if (known !== undefined) return known;
  const { record, body, repeat } = acceptanceOf(event, ports);
  const key = payloadKey(record.tenant, record.id, text + body);
  const payload = { key, offset: text.length, length: record.sizeBytes };
  await ports.payloads.put(key, text + body);
  const outcome = await ports.events.create({ ...record, payload });
  if (outcome === 'created') return { accepted: { record: { ...record, payload }, body, repeat }, text };
  const first = await findWithText(event.id, ports);
  if (first === undefined) throw new Error('An operational event is gone that was stored a moment ago.');
  return first;
}

async function findWithText(
  id: string,
  { events, payloads }: PublishPorts,
): Promise<{ accepted: Acceptance; text: string } | undefined> {
  const record = (await events.find([id])).get(id);
  if (record === undefined) return undefined;
  const { key, offset } = record.payload;
  const [text, body] = await Promise.all([
    payloads.get({ key, offset: 0, length: offset }),
    payloads.get(record.payload),
  ]);
  return { accepted: { record, body, repeat: true }, text };
}

/** Sends stored operational events to the endpoints that subscribe to them, and to the operator's own rules. */
export async function publishOperationalEvents(accepted: Acceptance[], ports: PublishPorts): Promise<void> {
  await putOnBus(accepted, ports);
  const entries = accepted.map(({ record, body }) => ({ type: record.type, envelope: body }));
  await resendUndone(entries, (left) => ports.rules.tell(left), ports);
}

function acceptanceOf(event: OperationalEvent, { clock, random, retentionMs }: PublishPorts): Acceptance {
  const { id, tenant, type, data } = event;
  const acceptedAt = clock();
  const timestamp = isoTime(event.at);
  const dataText = JSON.stringify(data);
  const body = buildEnvelope({ id, timestamp, input: { type, data }, dataText });
  const sizeBytes = Buffer.byteLength(body);
  const record: EventRecord = {
    id,
    tenant,
    type,
    timestamp,
    acceptedAt,
    sizeBytes,
    payload: { key: payloadKey(tenant, id, body), offset: 0, length: sizeBytes },
    requestHash: createHash('sha256').update(id).digest('base64url'),
    nonce: randomToken(random),
    traceId: event.traceId ?? newTraceId(random),
    expiresAt: acceptedAt + retentionMs,
    fanout: {},
  };
  return { record, body, repeat: false };
}

async function again({ record, body }: Acceptance, existing: EventRecord, ports: PublishPorts): Promise<Acceptance> {
  const isSame = record.payload.key === existing.payload.key;
  return { record: existing, body: isSame ? body : await ports.payloads.get(existing.payload), repeat: true };
}
