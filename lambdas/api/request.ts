import type { HonoRequest } from 'hono';
import { eventTypeName } from '../../core/events/input.ts';
import { isId, splitDeliveryId } from '../../core/ids.ts';
import { type InputFault, Problem } from '../../core/problem.ts';
import { validate } from '../../core/validate.ts';
import { type IdKind, type Operation, parameterName } from './operation.ts';
import type { Checked } from './route.ts';

/**
 * A request's parts, held against its operation.
 * @throws Problem `not_found` for an id of another shape, `malformed` for a body that is no JSON, `invalid` for the rest.
 */
export async function checked(
  operation: Operation,
  request: HonoRequest,
): Promise<Omit<Checked<unknown, unknown>, 'key'>> {
  return {
    id: operation.id === undefined ? '' : idOf(operation.id, request.param(parameterName(operation.id)) ?? ''),
    query: validate(operation.query, queryOf(new URL(request.url).searchParams), 'The query'),
    body: validate(operation.body, await bodyOf(operation, request), 'The body'),
    header: (name) => request.header(name),
  };
}

/** An id of another shape names nothing, and never reaches storage. */
function idOf(kind: IdKind, text: string): string {
  if (kind === 'event_type') {
    if (eventTypeName.safeParse(text).success) return text;
    throw new Problem(
      'not_found',
      'There is no event type with this name: names are 1 to 8 words of letters, digits, "_" or "-", joined by full stops.',
    );
  }
  const isOne = kind === 'dlv' ? splitDeliveryId(text) !== undefined : isId(kind, text);
  if (isOne) return text;
  throw new Problem('not_found', `There is nothing with this id: ids here begin with ${kind}_.`);
}

function queryOf(parameters: URLSearchParams): Record<string, string> {
  const twice = new Set([...parameters.keys()].filter((name) => parameters.getAll(name).length > 1));
  if (twice.size === 0) return Object.fromEntries(parameters);
  const faults: InputFault[] = [...twice].map((path) => ({ path, message: 'Stands twice: give it once.' }));
  throw new Problem('invalid', 'The query is not valid: correct the parameters named in errors.', { faults });
}

/** The body as JSON, whatever media type it claims to be. */
async function bodyOf({ bodyIs }: Operation, request: HonoRequest): Promise<unknown> {
  const bytes = await request.arrayBuffer();
  if (bodyIs === 'none') return refuseBody(bytes);
  const text = decode(bytes);
  if (text.trim() === '') {
    if (bodyIs === 'optional') return {};
    throw new Problem('malformed', 'The body is empty: send a JSON object.');
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the input, which may be secret.
    throw new Problem('malformed', 'The body is not JSON: send a JSON object.', {
      faults: [{ path: '', message: 'Not valid JSON.' }],
    });
  }
}

/** What a body says where none is heeded is a mistake; an empty object says nothing. */
function refuseBody(bytes: ArrayBuffer): undefined {
  if (/^\s*(\{\s*\})?\s*$/.test(new TextDecoder('latin1').decode(bytes))) return;
  throw new Problem('invalid', 'This operation takes no body: send none.', {
    faults: [{ path: '', message: 'Send no body.' }],
  });
}

function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('malformed', 'The body is not UTF-8: send JSON in UTF-8.');
  }
}
