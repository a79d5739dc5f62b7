import type { IncomingHttpHeaders } from 'node:http';
import { RESPONSE_HEADER_LENGTH, RESPONSE_HEADERS, RESPONSE_HEADERS_MAX } from '../../core/deliveries/sender.ts';

/** A longer value is left out: to strike secrets out of it costs too much, and cut before that it might show a part of one. */
const LENGTH_READ = 4_096;
/** Separates values while secrets are struck out of them: no value has one. */
const BETWEEN = '\n';

/**
 * Those headers of an answer that are kept, as printable ASCII, without secrets; undefined if it has none of them. Secrets are struck
 * out of all values at once, since that is the costly part of it, and before they are cut.
 */
export function chosenHeaders(
  headers: IncomingHttpHeaders,
  hide: (text: string) => string,
): Record<string, string> | undefined {
  const found: [name: string, value: string][] = [];
  for (const name of RESPONSE_HEADERS) {
    const value = headers[name];
    if (typeof value !== 'string' || value === '' || value.length > LENGTH_READ) continue;
    found.push([name, value.replace(/[^\x20-\x7e]/g, '?')]);
    if (found.length === RESPONSE_HEADERS_MAX) break;
  }
  if (found.length === 0) return undefined;
  const values = hide(found.map(([, value]) => value).join(BETWEEN)).split(BETWEEN);
  // A secret that was found across two values: then it is not clear any more whose value is whose.
  if (values.length !== found.length) return undefined;
  return Object.fromEntries(found.map(([name], at) => [name, values[at]?.slice(0, RESPONSE_HEADER_LENGTH) ?? '']));
}
