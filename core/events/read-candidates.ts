import type { Clock } from '../clock.ts';
import { eventIdForKey, newId } from '../ids.ts';
import { type TenantBinding, tenantFor } from '../keys/authenticate.ts';
import { type InputFault, Problem } from '../problem.ts';
import type { Random } from '../random.ts';
import { DEFAULT_TENANT, HEARTBEAT_TENANT, refuseTenant } from '../tenant.ts';
import { faultsIn } from '../validate.ts';
import { requestHash } from './envelope.ts';
import {
  EVENT_BYTES_MAX,
  EVENTS_MAX,
  type EventInput,
  eventInput,
  idempotencyKey as idempotencyKeySchema,
  REQUEST_BYTES_MAX,
} from './input.ts';
import { elementExtents, memberText } from './raw-json.ts';

/** A valid event of a request, before anything is stored. */
export interface Candidate {
  /** Its path in the request: empty for a single event, its index in a list. */
  path: string[];
  id: string;
  tenant: string;
  input: EventInput;
  dataText: string;
  requestHash: string;
  /** Whether its id is derived from an idempotency key. */
  keyed: boolean;
}

interface Request {
  caller: TenantBinding;
  body: string;
  idempotencyKey: string | undefined;
}

interface Piece {
  path: string[];
  value: unknown;
  text: string;
}

/** Splits and validates a request; nothing has been stored when it throws. */
export function readCandidates(request: Request, sources: { clock: Clock; random: Random }): Candidate[] {
  const pieces = split(request.body);
  const headerKey = readHeaderKey(request.idempotencyKey, pieces);
  const inputs = parsePieces(pieces);
  const candidates = inputs.map((input, index) => candidate(pieces[index], input, headerKey, request.caller, sources));
  refuseDuplicateKeys(candidates);
  return candidates;
}

function split(body: string): Piece[] {
  if (Buffer.byteLength(body) > REQUEST_BYTES_MAX) {
    throw new Problem('too_large', 'A request may be at most 2.5 MiB: send fewer events at once.');
  }
  const value = parseJson(body);
  if (!Array.isArray(value)) return [checkSize({ path: [], value, text: body.trim() })];
  if (value.length < 1 || value.length > EVENTS_MAX) {
    throw new Problem('invalid', `A list holds 1 to ${EVENTS_MAX} events; this one holds ${value.length}.`, {
      faults: [{ path: '', message: `Send 1 to ${EVENTS_MAX} events at once.` }],
    });
  }
  return elementExtents(body).map(({ start, end }, index) =>
    checkSize({ path: [String(index)], value: value[index], text: body.slice(start, end) }),
  );
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's own message quotes the input, which may be secret.
    throw new Problem('malformed', 'The body is not JSON: send one event as an object, or a list of events.', {
      faults: [{ path: '', message: 'Not valid JSON.' }],
    });
  }
}

function checkSize(piece: Piece): Piece {
  if (Buffer.byteLength(piece.text) <= EVENT_BYTES_MAX) return piece;
  throw new Problem('too_large', 'An event may be at most 1 MiB: store the content elsewhere and send a link.', {
    faults: [{ path: piece.path.join('.'), message: 'At most 1 MiB (1048576 bytes).' }],
  });
}

function readHeaderKey(header: string | undefined, pieces: Piece[]): string | undefined {
  if (header === undefined) return undefined;
  const inList = pieces.length > 0 && pieces[0]?.path.length === 1;
  const fault = inList ? 'In a list, use idempotency_key in each event.' : undefined;
  const checked = idempotencyKeySchema.safeParse(header);
  const message = fault ?? checked.error?.issues[0]?.message;
  if (message === undefined) return header;
  throw new Problem('invalid', 'The Idempotency-Key header is not valid here.', {
    faults: [{ path: 'Idempotency-Key', message }],
  });
}

function parsePieces(pieces: Piece[]): EventInput[] {
  const faults: InputFault[] = [];
  const inputs: EventInput[] = [];
  for (const { path, value } of pieces) {
    const result = eventInput.safeParse(value);
    if (result.success) inputs.push(result.data);
    else faults.push(...faultsIn(result.error, path));
  }
  if (faults.length === 0) return inputs;
  throw new Problem('invalid', 'Nothing was accepted: correct the fields named in errors.', { faults });
}

function candidate(
  piece: Piece | undefined,
  input: EventInput,
  headerKey: string | undefined,
  caller: TenantBinding,
  sources: { clock: Clock; random: Random },
): Candidate {
  if (piece === undefined) throw new Error('Every input comes from a piece.');
  if (headerKey !== undefined && input.idempotency_key !== undefined && headerKey !== input.idempotency_key) {
    throw new Problem('invalid', 'Two different idempotency keys were given: keep one.', {
      faults: [{ path: 'idempotency_key', message: 'Differs from the Idempotency-Key header.' }],
    });
  }
  const tenant = tenantFor(caller, input.tenant, DEFAULT_TENANT);
  // Any role that may publish may send a heartbeat: only the heartbeat's own route gets it, and each waits for its own.
  if (caller.isRole !== true || tenant !== HEARTBEAT_TENANT) refuseTenant(tenant, piece.path);
  const idempotencyKey = headerKey ?? input.idempotency_key;
  const dataText = memberText(piece.text, 'data') ?? 'null';
  return {
    path: piece.path,
    id:
      idempotencyKey === undefined
        ? newId('evt', sources.clock(), sources.random)
        : eventIdForKey(tenant, idempotencyKey),
    tenant,
    input,
    dataText,
    requestHash: requestHash(tenant, input, dataText),
    keyed: idempotencyKey !== undefined,
  };
}

function refuseDuplicateKeys(candidates: Candidate[]): void {
  const seen = new Set<string>();
  for (const { id, path } of candidates) {
    if (seen.has(id)) {
      throw new Problem('invalid', 'Duplicate idempotency key in this list; nothing was accepted.', {
        faults: [{ path: [...path, 'idempotency_key'].join('.'), message: 'Used by an earlier event in this list.' }],
      });
    }
    seen.add(id);
  }
}
