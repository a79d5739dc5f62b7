import { Problem } from '../../core/problem.ts';
import { problemResponse } from '../runtime/http.ts';
import type { Operation } from './operation.ts';
import { operations } from './operations.ts';
import type { Answer } from './route.ts';

/** A response of JSON text. */
export function jsonResponse(status: number, json: string, headers: Record<string, string> = {}): Response {
  // Responses hold a tenant's data, and sometimes a secret: no cache may store them.
  const all = { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers };
  return new Response(json, { status, headers: all });
}

/** The success response of an operation. */
export function respond({ success, created, dryRun }: Operation, answer: Answer): Response {
  const { status } = (answer.created && created) || (answer.dryRun && dryRun) || success;
  const headers = answer.location === undefined ? {} : { location: answer.location };
  if ('empty' in answer) return new Response(null, { status, headers });
  return jsonResponse(status, 'json' in answer ? answer.json : JSON.stringify(answer.value), headers);
}

/** An error response: a problem document. */
export function refusal(problem: Problem, extra: Record<string, string> = {}): Response {
  const { statusCode: status = 500, headers, body = '' } = problemResponse(problem);
  const given = Object.entries({ ...headers, ...extra }).map(([name, value]): [string, string] => [name, `${value}`]);
  return new Response(body, { status, headers: given });
}

/** The response for an unknown path, or for a method that the path does not support. */
export function unrouted(method: string, path: string): Response {
  const allowed = methodsAt(path);
  if (allowed.length === 0) {
    return refusal(new Problem('not_found', 'There is no such path: see /openapi.json for all paths.'));
  }
  const allow = allowed.join(', ');
  return refusal(new Problem('method_not_allowed', `${method} is not allowed here. Allowed: ${allow}.`), { allow });
}

const pathPattern = (path: string) => new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);

function methodsAt(path: string): string[] {
  const exact = operations.filter((one) => one.path === path);
  const found = exact.length > 0 ? exact : operations.filter((one) => pathPattern(one.path).test(path));
  const methods = found.map(({ method }) => method.toUpperCase());
  return (methods.includes('GET') ? [...methods, 'HEAD'] : methods).sort();
}

/** Paths that the pattern of another operation matches too, which may have other methods. */
const AMBIGUOUS = new Set(
  operations
    .map(({ path }) => path)
    .filter((path) => operations.some((other) => other.path !== path && pathPattern(other.path).test(path))),
);

/** Whether a path has operations, but none for the method, although another's pattern would take the request. */
export function isMistaken(method: string, path: string): boolean {
  return AMBIGUOUS.has(path) && !methodsAt(path).includes(method);
}
