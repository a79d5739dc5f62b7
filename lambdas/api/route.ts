import type * as z from 'zod';
import type { Caller } from '../../core/keys/authenticate.ts';
import type { Operation } from './operation.ts';

/** An authenticated and validated request. */
export interface Checked<Query, Body> {
  /** The holder of the key, or of the session. */
  key: Caller;
  /** The well-formed id or name in the path; empty if the path has none. */
  id: string;
  query: Query;
  body: Body;
  /** The body as it was sent, for what must keep its exact text; empty if there is none. */
  text: string;
  header: (name: string) => string | undefined;
}

/** A handler's result. `json` is JSON text already; `created` says that a PUT created something, `dryRun` that nothing was done. */
export type Answer = { location?: string; created?: boolean; dryRun?: boolean } & (
  | { value: unknown }
  | { json: string }
  | { empty: true }
);

/** An operation with its handler. */
export interface Route {
  operation: Operation;
  /** `query` and `body` have passed the operation's schemas. */
  answer(request: Checked<unknown, unknown>): Promise<Answer>;
}

/** Joins an operation to its handler, whose types are those of the operation's schemas. */
export function route<Query extends z.ZodType, Body extends z.ZodType>(
  operation: Operation<Query, Body>,
  answer: (request: Checked<z.output<Query>, z.output<Body>>) => Promise<Answer>,
): Route {
  return { operation, answer };
}
