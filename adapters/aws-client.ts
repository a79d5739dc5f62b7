/**
 * What all AWS clients share. A call that never answers must end well before the invocation does, and be tried again;
 * the SDK's defaults wait without limit. Milliseconds.
 */
export const awsClientConfig = {
  maxAttempts: 3,
  // One chain of steps per command for the life of the client, not one per call: an eighth of a call's CPU. Nothing in
  // a chain's shared context differs from call to call here: one bucket, one queue host, one role per client.
  cacheMiddleware: true,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
    httpsAgent: { keepAlive: true, maxSockets: 100 },
    httpAgent: { keepAlive: true, maxSockets: 100 },
  },
};

/** The waits between rounds for entries that AWS left undone in an otherwise good answer, in ms. */
export const UNDONE_WAITS_MS = [25, 100, 400, 1_000] as const;

/**
 * Takes the SDK's log step out of a client: for a logger that nobody set, it copies each input and output in depth.
 * @returns the same client.
 */
export function withoutSdkLog<Client extends { middlewareStack: { remove(name: string): boolean } }>(
  client: Client,
): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
