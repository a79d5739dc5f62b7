import { AsyncLocalStorage } from 'node:async_hooks';
import type { Wait } from '../core/clock.ts';
import { Problem } from '../core/problem.ts';

/**
 * Shared settings of all AWS clients. A call without a response must time out well before the invocation does, and be
 * retried; the SDK's defaults wait without limit. Milliseconds.
 */
export const awsClientConfig = {
  maxAttempts: 3,
  // One middleware chain per command for the life of the client, not one per call: saves an eighth of a call's CPU.
  // Nothing in the shared context differs between calls: each client has one bucket, one queue host, one role.
  cacheMiddleware: true,
  requestHandler: {
    // Waiting for a free socket counts too: a batch of the slow lane may end 100 requests at the same time.
    connectionTimeout: 2_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
    // A response that begins and does not go on.
    socketTimeout: 4_000,
    httpsAgent: { keepAlive: true, maxSockets: 200 },
    httpAgent: { keepAlive: true, maxSockets: 200 },
  },
};

/** The waits between rounds for entries that AWS left undone, in ms. */
const UNDONE_WAITS_MS = [25, 100, 400, 1_000] as const;

export interface SendOptions {
  wait: Wait;
  /** The problem's detail when entries are still undone. */
  unavailable: string;
  /** Whether only rounds in a row without any progress count. Default: all rounds do. */
  untilFruitless?: boolean;
}

/**
 * Sends entries, and sends again those that AWS left undone in an otherwise successful response.
 * @param send makes one call. @returns the entries that it left undone.
 * @throws Problem `unavailable` when some are still undone after several rounds (throttling).
 */
export async function sendUntilDone<Entry>(
  entries: Entry[],
  send: (entries: Entry[]) => Promise<Entry[]>,
  { wait, unavailable, untilFruitless = false }: SendOptions,
): Promise<void> {
  let left = entries;
  let rounds = 0;
  for (;;) {
    const undone = await send(left);
    if (undone.length === 0) return;
    rounds = untilFruitless && undone.length < left.length ? 0 : rounds + 1;
    const waitMs = UNDONE_WAITS_MS[Math.max(0, rounds - 1)];
    if (waitMs === undefined) break;
    await wait(waitMs);
    left = undone;
  }
  throw new Problem('unavailable', unavailable, { retryAfterSeconds: 1 });
}

/** SDK middleware that costs CPU on every call and has no benefit here, or does harm. */
const UNNEEDED_MIDDLEWARE = [
  // Deep-copies each input and output, for a logger that is not set.
  'loggerMiddleware',
  // Rebuilds the user agent. The function's role identifies the caller.
  'getUserAgentMiddleware',
  // Passes the invocation's trace to SQS. Lambda stops a chain of about 16 invocations as an endless loop, but retries
  // and jobs go through their own queues repeatedly by design, and end by themselves. Source: Lambda developer guide,
  // "Recursive loop detection".
  'recursionDetectionMiddleware',
];

interface AwsClient {
  middlewareStack: { remove(name: string): boolean };
  config: { requestHandler: { handle(request: never, options?: object): unknown } };
}

/**
 * Removes the unneeded middleware from a client, which saves a tenth of the cost of publishing one event, and lets its calls
 * end with the work that makes them.
 * @returns the same client.
 */
export function prepared<Client extends AwsClient>(client: Client): Client {
  for (const name of UNNEEDED_MIDDLEWARE) client.middlewareStack.remove(name);
  // Not by an option of each call: calls with options are excluded from the cached middleware.
  const { requestHandler } = client.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = (request, options) => handle(request, { ...options, abortSignal: signals.getStore() });
  return client;
}

const signals = new AsyncLocalStorage<AbortSignal>();

/** Does work whose AWS calls end with the signal: those under way fail, without another try, and no further one is sent. */
export function endingWith<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  return signals.run(signal, work);
}
