import type * as z from 'zod';
import type { Role } from '../../core/keys/key.ts';
import type { ProblemKind } from '../../core/problem.ts';

/** What an `{id}` in a path names. */
export type IdKind = 'evt' | 'ep' | 'dlv' | 'job' | 'key';

/** The answer of an operation when all goes well. */
export interface Success {
  status: 200 | 201 | 202 | 204;
  description: string;
  /** Absent where there is no body. */
  schema?: z.ZodType;
}

/**
 * One operation of the API: routing, checks and the OpenAPI document are all made from it. `role` null needs no key.
 */
export interface Operation<Query extends z.ZodType = z.ZodType, Body extends z.ZodType = z.ZodType> {
  /** The OpenAPI operation id. */
  name: string;
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With `{id}`, and nothing else, in braces. */
  path: string;
  /** Which ids the path takes: one of another shape is unknown. */
  id?: IdKind;
  tag: string;
  role: Role | null;
  summary: string;
  description?: string;
  query: Query;
  body: Body;
  /** What the OpenAPI document says of the body, where the schema that checks it is another one. */
  bodyDocument?: z.ZodType;
  bodyIs: 'none' | 'required' | 'optional';
  /** Request headers that mean something here. */
  headers?: { name: string; description: string }[];
  success: Success;
  /** Refusals beyond those that every operation of its kind has. */
  refusals?: ProblemKind[];
  /** The ingest Lambda answers this route; it is defined here for the document. */
  servedByIngest?: true;
}

/** Keeps the types of query and body. */
export function operation<Query extends z.ZodType, Body extends z.ZodType>(
  definition: Operation<Query, Body>,
): Operation<Query, Body> {
  return definition;
}
