import type * as z from 'zod';
import type { Needed } from '../../core/keys/authenticate.ts';
import type { InputFault, ProblemKind } from '../../core/problem.ts';

/** What a path parameter names: an id by its prefix, or the name of an event type. */
export type IdKind = 'evt' | 'ep' | 'dlv' | 'job' | 'key' | 'ses' | 'ltr' | 'event_type';

/** The name of the path parameter. */
export const parameterName = (kind: IdKind) => (kind === 'event_type' ? 'name' : 'id');

/** The success response of an operation. */
export type Success = {
  status: 200 | 201 | 202 | 204;
  description: string;
} & Answered;

/** The schema of the response body, and an example for the document; neither if there is no body. */
type Answered = { schema: z.ZodType; example: unknown } | { schema?: undefined; example?: undefined };

/** An error response of an operation, as an example for the document. */
export interface Refusal {
  kind: ProblemKind;
  detail: string;
  errors?: InputFault[];
}

/**
 * One operation of the API: routing, checks and the OpenAPI document are all made from it. `role` null needs no key.
 */
export type Operation<Query extends z.ZodType = z.ZodType, Body extends z.ZodType = z.ZodType> = Definition<
  Query,
  Body
> &
  Asked;

/** Whether a request has a body, and an example for the document, which passes the schema. */
type Asked = { bodyIs: 'none'; bodyExample?: undefined } | { bodyIs: 'required' | 'optional'; bodyExample: unknown };

interface Definition<Query extends z.ZodType, Body extends z.ZodType> {
  /** The OpenAPI operation id. */
  name: string;
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With `{id}` or `{name}`, and nothing else, in braces. */
  path: string;
  /** The kind of the path parameter: a malformed one is answered with 404. */
  id?: IdKind;
  tag: string;
  role: Needed | null;
  summary: string;
  description: string;
  query: Query;
  body: Body;
  /** The body's schema in the OpenAPI document, if it differs from the one that validates. */
  bodyDocument?: z.ZodType;
  /** Request headers that the operation reads. */
  headers?: { name: string; description: string; schema?: object }[];
  success: Success;
  /** The response of a PUT that created the resource. */
  created?: Success;
  /** The response to a request with `dry_run`. */
  dryRun?: Success;
  /** Errors beyond those that every operation of its kind has; for `invalid`, better examples than the usual one. */
  refusals?: Refusal[];
  /** Callers sign with AWS credentials (SigV4) instead of using a key; API Gateway authorizes them. */
  signed?: true;
  /** The ingest Lambda answers this route; it is defined here for the document. */
  servedByIngest?: true;
}

/** Keeps the types of query and body. */
export function operation<Query extends z.ZodType, Body extends z.ZodType>(
  definition: Operation<Query, Body>,
): Operation<Query, Body> {
  return definition;
}
