import type * as z from 'zod';
import type { Role } from '../../core/keys/key.ts';
import type { InputFault, ProblemKind } from '../../core/problem.ts';

/** What the braces of a path name: an id by its prefix, or the name of an event type. */
export type IdKind = 'evt' | 'ep' | 'dlv' | 'job' | 'key' | 'event_type';

/** What stands in the braces of a path. */
export const parameterName = (kind: IdKind) => (kind === 'event_type' ? 'name' : 'id');

/** The answer of an operation when all goes well. */
export type Success = {
  status: 200 | 201 | 202 | 204;
  description: string;
} & Answered;

/** What the answer holds, and an example of it for the document; neither where there is no body. */
type Answered = { schema: z.ZodType; example: unknown } | { schema?: undefined; example?: undefined };

/** A refusal as an operation gives it: an example for the document. */
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

/** Whether a request has a body, and an example of one, for the document: it passes the schema. */
type Asked = { bodyIs: 'none'; bodyExample?: undefined } | { bodyIs: 'required' | 'optional'; bodyExample: unknown };

interface Definition<Query extends z.ZodType, Body extends z.ZodType> {
  /** The OpenAPI operation id. */
  name: string;
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With `{id}` or `{name}`, and nothing else, in braces. */
  path: string;
  /** What the braces take: text of another shape names nothing. */
  id?: IdKind;
  tag: string;
  role: Role | null;
  summary: string;
  description: string;
  query: Query;
  body: Body;
  /** What the OpenAPI document says of the body, where the schema that checks it is another one. */
  bodyDocument?: z.ZodType;
  /** Request headers that mean something here. */
  headers?: { name: string; description: string; schema?: object }[];
  success: Success;
  /** The answer of a PUT that made what was not there. */
  created?: Success;
  /** Refusals beyond those that every operation of its kind has; of `invalid`, better examples than the usual one. */
  refusals?: Refusal[];
  /** Callers sign with AWS credentials (SigV4) in place of a key: API Gateway lets them in, or does not. */
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
