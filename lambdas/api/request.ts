import type { HonoRequest } from 'hono';
import { eventTypeName } from '../../core/event-types/name.ts';
import { LETTER_ID } from '../../core/fanout/unreadable-letter.ts';
import { isId, splitDeliveryId } from '../../core/ids.ts';
import { isObject, isTooDeep } from '../../core/json.ts';
import { type InputFault, Problem } from '../../core/problem.ts';
import { validate } from '../../core/validate.ts';
import { textOf } from '../runtime/body.ts';
import { type IdKind, type Operation, parameterName } from './operation.ts';
import type { Checked } from './route.ts';

/**
 * Validates the parts of a request against its operation.
 * @throws Problem `not_found` for a malformed id, `malformed` for a body that is not JSON, `invalid` for the rest.
 */
export async function checked(
  operation: Operation,
  request: HonoRequest,
): Promise<Omit<Checked<unknown, unknown>, 'key'>> {
  const id = operation.id === undefined ? '' : idOf(operation.id, request.param(parameterName(operation.id)) ?? '');
  const query = validate(operation.query, queryOf(new URL(request.url).searchParams), 'The query');
  const text = textOf(new Uint8Array(await request.arrayBuffer()), request.header('content-length'));
  return {
    id,
    query,
    body: validate(operation.body, bodyOf(operation, text), 'The body'),
    text,
    header: (name) => request.header(name),
  };
}

/** A malformed id is answered with 404, and never reaches storage. */
function idOf(kind: IdKind, text: string): string {
  if (kind === 'event_type') {
    if (eventTypeName.safeParse(text).success) return text;
    throw new Problem(
      'not_found',
      'There is no event type with this name: names are 1 to 8 words of letters, digits, "_" or "-", joined by full stops.',
    );
  }
  if (isOne(kind, text)) return text;
  throw new Problem('not_found', `There is nothing with this id: use an id that begins with ${kind}_.`);
}

function isOne(kind: Exclude<IdKind, 'event_type'>, text: string): boolean {
  if (kind === 'dlv') return splitDeliveryId(text) !== undefined;
  return kind === 'ltr' ? LETTER_ID.test(text) : isId(kind, text);
}

function queryOf(parameters: URLSearchParams): Record<string, string> {
  const duplicates = new Set([...parameters.keys()].filter((name) => parameters.getAll(name).length > 1));
  if (duplicates.size === 0) return Object.fromEntries(parameters);
  const faults: InputFault[] = [...duplicates].map((path) => ({ path, message: 'Duplicate parameter.' }));
  throw new Problem('invalid', 'The query is not valid: correct the parameters named in errors.', { faults });
}

/** More than a schema may have, plus the levels around it in the body; no other body nests as deeply. */
const NESTING_MAX = 100;

/** The body as JSON, whatever its media type. */
function bodyOf({ bodyIs }: Operation, text: string): unknown {
  if (bodyIs === 'none') return refuseBody(text);
  if (text.trim() === '') {
    if (bodyIs === 'optional') return {};
    throw new Problem('malformed', 'The body is empty: send a JSON object.');
  }
  const value = parsed(text);
  refuseDepth(value);
  return value;
}

/** Validation and merging recurse as deep as the body. */
function refuseDepth(body: unknown): void {
  const members = isObject(body) ? Object.entries(body) : [['', body] as const];
  const faults = members
    .filter(([, value]) => isTooDeep(value, NESTING_MAX))
    .map(([path]) => ({ path, message: `Nest it at most ${NESTING_MAX} levels deep.` }));
  if (faults.length > 0) throw new Problem('invalid', 'The body is nested too deeply: correct it.', { faults });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the input, which may be secret.
    throw new Problem('malformed', 'The body is not JSON: send a JSON object.', {
      faults: [{ path: '', message: 'Not valid JSON.' }],
    });
  }
}

/** A body that would be ignored is a mistake; an empty object is harmless. */
function refuseBody(text: string): undefined {
  if (/^(\{\s*\})?$/.test(text.trim())) return;
  throw new Problem('invalid', 'This operation takes no body: send none.', {
    faults: [{ path: '', message: 'Send no body.' }],
  });
}
