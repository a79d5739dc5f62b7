import * as z from 'zod';

/** Of the connection, not of the message: the sender sets them, and none of these would arrive. */
const OF_THE_CONNECTION = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const OURS = new Set(['traceparent', 'user-agent']);
const OUR_PREFIXES = ['content-', 'webhook-', 'x-postrider-'];

/** Whether only the sender sets a header. @param lower its name in lower case. */
export function isOfTheConnection(lower: string): boolean {
  return OF_THE_CONNECTION.has(lower);
}

/** Whether only Postrider may set a header, in any case. */
export function isReservedHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return isOfTheConnection(lower) || OURS.has(lower) || OUR_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

/** The message for a name that only Postrider may set. */
export const RESERVED = 'Postrider sets this header, or it would not arrive: use another name.';

/** The name of a header that an endpoint may choose. */
export const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, 'Use a header name: 1 to 64 letters, digits, hyphens and the like.')
  .refine((name) => !isReservedHeader(name), RESERVED);

/** Headers of any spelling as one map without twins: of names that differ only by case, the last one is left. */
export function mergeHeaders<Value>(...sets: Readonly<Record<string, Value>>[]): Record<string, Value> {
  const byName = new Map<string, [string, Value]>();
  for (const set of sets) for (const entry of Object.entries(set)) byName.set(entry[0].toLowerCase(), entry);
  return Object.fromEntries(byName.values());
}
