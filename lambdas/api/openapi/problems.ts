import { ROLES } from '../../../core/keys/key.ts';
import { PROBLEMS, Problem, type ProblemKind, problemDocument } from '../../../core/problem.ts';
import type { IdKind, Refusal } from '../operation.ts';
import { type Json, schemaRef } from './schemas.ts';

/** What a path parameter names, by its kind. */
const NOUNS: Record<IdKind, string> = {
  evt: 'event with this id',
  ep: 'endpoint with this id',
  dlv: 'delivery with this id',
  job: 'job with this id',
  key: 'API key with this id',
  ses: 'session with this id',
  ltr: 'unreadable message with this id',
  event_type: 'event type with this name',
};

const retryAfter = { 'retry-after': { description: 'Seconds to wait.', schema: { type: 'integer' } } };
const challenge = { 'www-authenticate': { description: 'Always `Bearer`.', schema: { type: 'string' } } };

/** The schemas of problem documents, and of the responses that API Gateway gives itself. */
export const problemSchemas: Json = {
  Problem: {
    type: 'object',
    description: 'A problem document (RFC 9457).',
    required: ['type', 'title', 'status', 'detail'],
    properties: {
      type: {
        type: 'string',
        description: 'A URN that programs can match.',
        examples: ['urn:postrider:problem:invalid'],
      },
      title: { type: 'string', description: 'Constant for the type.' },
      status: { type: 'integer', description: 'The HTTP status.' },
      detail: { type: 'string', description: 'What is wrong, and what to do.' },
      errors: {
        type: 'array',
        description: 'The invalid fields of the request.',
        items: {
          type: 'object',
          required: ['path', 'message'],
          properties: {
            path: { type: 'string', description: 'Dotted path: `event_types.0`. Empty: the whole input.' },
            message: { type: 'string', description: 'What to do.' },
          },
        },
      },
    },
  },
  GatewayMessage: {
    type: 'object',
    description: 'An error of API Gateway itself.',
    required: ['message'],
    properties: { message: { type: 'string' } },
  },
};

/** A reference to a response of the document. */
export const responseRef = (id: string) => ({ $ref: `#/components/responses/${id}` });

function problemExample({ kind, detail, errors }: Refusal): Json {
  return problemDocument(new Problem(kind, detail, { faults: errors ?? [] }));
}

/** The content of a response that is a problem document. */
export function problemContent(refusals: Refusal[]): Json {
  const [first, ...more] = refusals.map(problemExample);
  const schema = schemaRef('Problem');
  if (more.length === 0) return { 'application/problem+json': { schema, example: first } };
  const examples = [first, ...more].map((value, index) => [`case_${index + 1}`, { value }]);
  return { 'application/problem+json': { schema, examples: Object.fromEntries(examples) } };
}

/** The content of a response that API Gateway gives itself. */
export function gatewayContent(message: string): Json {
  return { 'application/json': { schema: schemaRef('GatewayMessage'), example: { message } } };
}

function shared(kind: ProblemKind, detail: string, more: { headers?: Json; gateway?: string } = {}): Json {
  const { headers, gateway } = more;
  return {
    description: PROBLEMS[kind].title,
    ...(headers && { headers }),
    content: { ...problemContent([{ kind, detail }]), ...(gateway && gatewayContent(gateway)) },
  };
}

/** The error responses that operations share, by the name of their component. */
export function sharedResponses(): Json {
  const kinds = Object.entries(NOUNS);
  return {
    malformed: shared('malformed', 'The body is not JSON: send a JSON object.'),
    not_utf8: shared('malformed', 'The body is not UTF-8: send JSON in UTF-8, without compression.'),
    unauthenticated: shared('unauthenticated', 'This API key is unknown or revoked: use another.', {
      headers: challenge,
    }),
    ...Object.fromEntries(
      ROLES.map((role) => [
        `forbidden_${role}`,
        shared('forbidden', `This requires the role ${role}; this API key has the role ${otherThan(role)}.`),
      ]),
    ),
    ...Object.fromEntries(
      kinds.map(([kind, noun]) => [`not_found_${kind}`, shared('not_found', `There is no ${noun}.`)]),
    ),
    forbidden_principal: byGateway(
      'No valid signature, or no IAM policy that allows the caller to invoke this route',
      'Forbidden',
    ),
    too_large: byGateway('The request exceeds the size limit of API Gateway', 'Request Entity Too Large'),
    throttled: byGateway('Too many requests: wait a second', 'Too Many Requests'),
    internal: shared('internal', 'Something failed on our side; repeating the request is safe. See the logs.', {
      gateway: 'Internal Server Error',
    }),
    unavailable: shared(
      'unavailable',
      'Storage is temporarily unavailable: repeat the request, with the same idempotency key.',
      {
        headers: retryAfter,
        gateway: 'Service Unavailable',
      },
    ),
  };
}

function byGateway(description: string, message: string): Json {
  return { description, content: gatewayContent(message) };
}

const otherThan = (role: string) => (role === 'viewer' ? 'producer' : 'viewer');
