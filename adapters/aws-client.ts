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
    // The time of waiting for a free socket counts too: a batch of the slow lane may end 100 requests at one moment.
    connectionTimeout: 2_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
    httpsAgent: { keepAlive: true, maxSockets: 200 },
    httpAgent: { keepAlive: true, maxSockets: 200 },
  },
};

/** The waits between rounds for entries that AWS left undone in an otherwise good answer, in ms. */
export const UNDONE_WAITS_MS = [25, 100, 400, 1_000] as const;

/** Steps of the SDK's chain that cost CPU on every call and give this product nothing, or harm it. */
const IDLE_STEPS = [
  // Copies each input and output in depth, for a logger that nobody set.
  'loggerMiddleware',
  // Puts the user agent together anew. Who called is known by the function's role.
  'getUserAgentMiddleware',
  // Hands the invocation's trace on to SQS. Lambda takes a chain of about 16 invocations for an endless loop and stops it:
  // retries and jobs go round through queues of their own, by design, and end by themselves. Source: Lambda developer
  // guide, "Recursive loop detection".
  'recursionDetectionMiddleware',
];

/**
 * Takes the idle steps out of a client: a tenth of what publishing one event costs.
 * @returns the same client.
 */
export function trimmed<Client extends { middlewareStack: { remove(name: string): boolean } }>(client: Client): Client {
  for (const step of IDLE_STEPS) client.middlewareStack.remove(step);
  return client;
}
