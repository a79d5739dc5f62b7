import type * as z from 'zod';
import { PROBLEMS, Problem, type ProblemKind } from '../../../core/problem.ts';
import { validate } from '../../../core/validate.ts';
import type { Operation, Refusal } from '../operation.ts';
import { gatewayContent, problemContent, responseRef } from './problems.ts';
import type { Json } from './schemas.ts';

/** The error responses: the operation's own, those of its kind, and those of API Gateway before it. */
export function refusalsOf(one: Operation): Json {
  const own = Map.groupBy(ownRefusals(one), ({ kind }) => kind);
  const forbidden = one.signed ? 'forbidden_principal' : `forbidden_${one.role}`;
  return {
    ...(one.method !== 'get' && { 400: responseRef(one.bodyIs === 'none' ? 'not_utf8' : 'malformed') }),
    ...(one.bodyIs !== 'none' && { 413: responseRef('too_large') }),
    ...(!isOpen(one) && { 401: responseRef('unauthenticated') }),
    ...(!isOpen(one) && one.role !== 'any' && { 403: responseRef(forbidden) }),
    ...(one.id !== undefined && { 404: responseRef(`not_found_${one.id}`) }),
    ...Object.fromEntries(
      [...own].map(([kind, refusals]) => [PROBLEMS[kind].status, ownResponse(kind, refusals, one)]),
    ),
    429: responseRef('throttled'),
    500: responseRef('internal'),
    503: responseRef('unavailable'),
  };
}

/** Whether it can be called without credentials. */
function isOpen({ role, signed }: Operation): boolean {
  return role === null && signed === undefined;
}

function ownResponse(kind: ProblemKind, refusals: Refusal[], { signed }: Operation): Json {
  const byGateway =
    (kind === 'too_large' && gatewayContent('Request Entity Too Large')) ||
    (kind === 'forbidden' && signed && gatewayContent('Forbidden'));
  return { description: PROBLEMS[kind].title, content: { ...problemContent(refusals), ...byGateway } };
}

function ownRefusals(one: Operation): Refusal[] {
  const given = one.refusals ?? [];
  const isUsual = !isOpen(one) && given.every(({ kind }) => kind !== 'invalid');
  return isUsual ? [...given, usualFault(one)] : given;
}

/** An example of the operation's own validation errors, from a bad request. */
function usualFault(one: Operation): Refusal {
  const tries: [z.ZodType, string, object][] =
    one.bodyIs === 'none'
      ? [[one.query, 'The query', { limit: '0' }]]
      : [
          [one.body, 'The body', {}],
          [one.body, 'The body', { colour: 'red' }],
        ];
  for (const [schema, what, value] of tries) {
    try {
      validate(schema, value, what);
    } catch (fault) {
      if (fault instanceof Problem) return { kind: 'invalid', detail: fault.message, errors: fault.faults };
      throw fault;
    }
  }
  throw new Error(`${one.name} accepts the bad sample requests: add an example of its 422 to its refusals.`);
}
