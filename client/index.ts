import createFetchClient, { type Client as FetchClient } from 'openapi-fetch';
import { ApiError } from './api-error.ts';
import type { components, paths } from './schema.d.ts';

export { ApiError, isProblem, type Problem } from './api-error.ts';
export type { components, operations, paths } from './schema.d.ts';

/** Every operation of the API by verb and path, with the types of what it takes and answers. */
export type Client = FetchClient<paths>;

export interface ClientOptions {
  /** Where the API is: the stack's output ApiUrl, or http://127.0.0.1:4400. */
  readonly url: string;
  /** An API key. What needs none can be called without. */
  readonly key?: string;
  /** Sends the requests, where the global `fetch` should not. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/**
 * A client of Postrider's API. Each call gives `data`, or `error` (mostly a problem document), with the response: wrap
 * it in `ok` for the data or an exception.
 * @throws (from each call) TypeError of `fetch` when nothing answers.
 */
export function createClient({ url, key, fetch }: ClientOptions): Client {
  return createFetchClient<paths>({
    baseUrl: url,
    ...(fetch && { fetch }),
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  });
}

/** What a call of the client gives. */
interface Result<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/**
 * The data of a call.
 * @throws ApiError when the call was refused.
 */
export async function ok<Data>(call: Promise<Result<Data>>): Promise<Data>;
export async function ok(call: Promise<Result<unknown>>): Promise<unknown> {
  const { data, error, response } = await call;
  if (!response.ok) throw new ApiError(response, error);
  return data;
}

/**
 * The body of a request as JSON text that goes out byte for byte: numbers of any length, key order and escapes stay as
 * they are. Use it in place of `body`: `client.POST('/v1/events', jsonText(text))`.
 * @throws SyntaxError when the text is not JSON.
 */
export function jsonText(text: string) {
  return { body: JSON.parse(text), bodySerializer: () => text };
}

type Schemas = components['schemas'];

/**
 * Publishes one event, given as an object or, where its bytes matter, as JSON text.
 * @throws ApiError when it was refused. SyntaxError when the text is not JSON.
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

/** Where a page begins: to be spread into the query. */
type From = { cursor?: string };

/**
 * Every item of a list, page by page as they are asked for.
 * @param page asks for a page: `(from) => client.GET('/v1/deliveries', { params: { query: { status: 'dead', ...from } } })`
 * @throws ApiError when a page was refused.
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
