import createFetchClient, { type Client as FetchClient } from 'openapi-fetch';
import { ApiError } from './api-error.ts';
import type { components, paths } from './schema.d.ts';

export { ApiError, isProblem, type Problem } from './api-error.ts';
export type { components, operations, paths } from './schema.d.ts';

/** Every operation of the API by verb and path, with request and response types. */
export type Client = FetchClient<paths>;

export interface ClientOptions {
  /** URL of the API: the stack's output ApiUrl, or http://127.0.0.1:4400. */
  readonly url: string;
  /** An API key. Optional for operations that need none. */
  readonly key?: string;
  /** Sends the requests instead of the global `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/**
 * A client for Postrider's API. Each call returns `data`, or `error` (usually a problem document), with the response: wrap
 * it in `ok` to get the data or an exception.
 * @throws (from each call) TypeError of `fetch` if nothing answers.
 */
export function createClient({ url, key, fetch }: ClientOptions): Client {
  return createFetchClient<paths>({
    baseUrl: url,
    ...(fetch && { fetch }),
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  });
}

/** The result of a call. */
interface Result<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/**
 * The data of a call.
 * @throws ApiError if the call was refused.
 */
export async function ok<Data>(call: Promise<Result<Data>>): Promise<Data>;
export async function ok(call: Promise<Result<unknown>>): Promise<unknown> {
  const { data, error, response } = await call;
  if (!response.ok) throw new ApiError(response, error);
  return data;
}

/**
 * A request body as JSON text that is sent byte for byte: numbers of any length, key order and escapes are preserved. Use it in place of `body`: `client.POST('/v1/events', jsonText(text))`.
 * @throws SyntaxError if the text is not JSON.
 */
export function jsonText(text: string) {
  return { body: JSON.parse(text), bodySerializer: () => text };
}

type Schemas = components['schemas'];

/**
 * Publishes one event, given as an object or, if its bytes matter, as JSON text.
 * @throws ApiError if it was refused. SyntaxError if the text is not JSON.
 */
export async function publish(
  client: Client,
  event: Schemas['EventInput'] | string,
): Promise<Schemas['PublishedEvent']> {
  const request = typeof event === 'string' ? jsonText(event) : { body: event };
  const answer = await ok(client.POST('/v1/events', request));
  if ('id' in answer) return answer;
  throw new TypeError('This takes one event: publish a list by client.POST.');
}

/** A page of a list. */
interface Page<Item> {
  readonly data: readonly Item[];
  readonly next: string | null;
}

/** The start of a page, to spread into the query. */
type From = { cursor?: string };

/**
 * Iterates over every item of a list, fetching pages as needed.
 * @param page fetches a page: `(from) => client.GET('/v1/deliveries', { params: { query: { status: 'dead', ...from } } })`
 * @throws ApiError if a page was refused.
 */
export async function* everyItem<Item>(page: (from: From) => Promise<Result<Page<Item>>>): AsyncGenerator<Item> {
  let from: From = {};
  for (;;) {
    const { data, next } = await ok(page(from));
    yield* data;
    if (next === null) return;
    from = { cursor: next };
  }
}
