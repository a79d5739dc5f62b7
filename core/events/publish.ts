import { type Clock, isoTime } from '../clock.ts';
import type { ValidateData } from '../event-types/data-validator.ts';
import type { TenantBinding } from '../keys/authenticate.ts';
import { type InputFault, Problem } from '../problem.ts';
import { randomToken } from '../random.ts';
import { msOf } from '../time.ts';
import {
  type Acceptance,
  type BusPorts,
  completeRepeat,
  type EventWriter,
  type PayloadWriter,
  putOnBus,
  type Repeated,
  storeEvent,
} from './accept.ts';
import { buildEnvelope, payloadKey } from './envelope.ts';
import type { EventRecord } from './event.ts';
import { type Candidate, readCandidates } from './read-candidates.ts';

export interface PublishPorts extends BusPorts {
  payloads: PayloadWriter;
  events: EventWriter;
  /** Validates events against their event types. */
  validateData: ValidateData;
  clock: Clock;
  retentionMs: number;
}

export interface PublishRequest {
  caller: TenantBinding;
  /** The request's body, as text. */
  body: string;
  idempotencyKey: string | undefined;
  /** W3C trace id of the request, or a fresh one. */
  traceId: string;
}

export interface Published {
  id: string;
  tenant: string;
  /** Whether it was accepted before, with the same idempotency key. */
  duplicate: boolean;
}

interface Prepared extends Acceptance {
  candidate: Candidate;
}

/**
 * Accepts one event or a list. Returns only when payload, metadata and bus entry are all stored durably; after a
 * failure before that, the same request with the same idempotency key completes it.
 * @throws Problem `malformed`, `too_large`, `invalid`, `forbidden`, `conflict` (nothing accepted) or `unavailable`.
 */
export async function publish(request: PublishRequest, ports: PublishPorts): Promise<Published[]> {
  const candidates = readCandidates(request, ports);
  await refuseInvalidData(candidates, ports);
  const known = await findRepeats(candidates, ports);
  const prepared = candidates.map((candidate) => prepare(candidate, known.get(candidate.id), request.traceId, ports));
  await store(prepared, ports);
  await putOnBus(prepared, ports);
  return prepared.map(({ record, repeat }) => ({ id: record.id, tenant: record.tenant, duplicate: repeat }));
}

/** All keys of a list are checked before anything is stored. A single event detects a repeat by its conditional put. */
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
  throw new Problem(
    'conflict',
    'This idempotency key was used for another event; nothing in this request was accepted.',
    {
      faults: [{ path, message: 'Used before with another body: send the same body, or use a new key.' }],
    },
  );
}

function prepare(
  candidate: Candidate,
  existing: EventRecord | undefined,
  traceId: string,
  ports: PublishPorts,
): Prepared {
  const acceptedAt = existing?.acceptedAt ?? ports.clock();
  const given = candidate.input.timestamp;
  const timestamp = existing?.timestamp ?? isoTime(given === undefined ? acceptedAt : msOf(given));
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
    nonce: existing?.nonce ?? randomToken(ports.random),
    traceId: existing?.traceId ?? traceId,
    expiresAt: existing?.expiresAt ?? acceptedAt + ports.retentionMs,
    fanout: {},
  };
  return { candidate, record, body, repeat: existing !== undefined };
}

async function store(prepared: Prepared[], ports: PublishPorts): Promise<void> {
  const [first] = prepared;
  if (prepared.length === 1 && first !== undefined) return storeEvent(first, repeatOf(first, ports), ports);
  return storeList(prepared, ports);
}

/** A repeat rebuilds the envelope with the stored time, so its bytes are identical. */
function repeatOf({ candidate, record }: Prepared, ports: PublishPorts): Repeated {
  return (existing) => {
    refuseConflict(candidate, existing);
    return prepare(candidate, existing, record.traceId, ports);
  };
}

/** A list is stored in one object; each event is a byte range of it. */
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
  await Promise.all(
    outcomes.map(({ one, outcome }) =>
      outcome === 'exists' ? completeRepeat(one, repeatOf(one, ports), ports) : undefined,
    ),
  );
}

/**
 * Refuses events that do not match their event type. An event that was accepted before passes: the schema is newer than
 * the event, and a repeat of an acknowledged event must be acknowledged.
 * @throws Problem `invalid` naming the fields at fault; nothing has been stored.
 */
export async function refuseInvalidData(
  candidates: Candidate[],
  { validateData, events }: { validateData: ValidateData; events: Pick<EventWriter, 'find'> },
): Promise<void> {
  const found = await validateData(candidates.map(({ input }) => input));
  const refused = candidates.flatMap((candidate, at) => {
    const faults = found[at] ?? [];
    return faults.length === 0 ? [] : [{ candidate, faults }];
  });
  if (refused.length === 0) return;
  const keyed = refused.filter(({ candidate }) => candidate.keyed).map(({ candidate }) => candidate.id);
  const accepted = keyed.length === 0 ? undefined : await events.find(keyed);
  const faults = refused
    .filter(({ candidate }) => !accepted?.has(candidate.id))
    .flatMap(({ candidate, faults: ofOne }) => ofOne.map((fault) => within(candidate, fault)));
  if (faults.length === 0) return;
  throw new Problem('invalid', 'Nothing was accepted: correct the fields named in errors.', { faults });
}

function within({ path }: Candidate, fault: InputFault): InputFault {
  return { ...fault, path: [...path, fault.path].join('.') };
}
