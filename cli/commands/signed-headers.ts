import { joinedBy, type SignatureScheme } from '../../core/signing/scheme.ts';
import type { Signable } from '../../core/signing/sign.ts';
import { Fault } from '../explain.ts';

/** A header by its name in any case. @throws Fault if there is none. */
export function needed(headers: ReadonlyMap<string, string>, name: string): string {
  const value = headers.get(name.toLowerCase());
  if (value !== undefined) return value;
  throw new Fault(`The headers have no ${name}: save all headers of the request.`);
}

/**
 * What a saved webhook says that its signatures cover. Each part is read from the standard header, or where the scheme puts it.
 * @param headers by their names in lower case.
 */
export function readSigned(
  headers: ReadonlyMap<string, string>,
  scheme: SignatureScheme | undefined,
  body: string,
): { signable: Signable; hasStandard: boolean } {
  const hasStandard = scheme === undefined || headers.has('webhook-signature');
  const find = (placeholder: 'id' | 'timestamp' | 'type', standard: string): string => {
    const found = headers.get(standard) ?? (scheme && inScheme(headers, scheme, placeholder));
    const isNeeded = hasStandard || scheme.content.includes(`{${placeholder}}`);
    if (found !== undefined) return found;
    return isNeeded && placeholder !== 'type' ? needed(headers, standard) : '';
  };
  const signable = {
    id: find('id', 'webhook-id'),
    timestamp: Number(find('timestamp', 'webhook-timestamp')),
    type: find('type', 'x-postrider-event-type'),
    body,
  };
  return { signable, hasStandard };
}

/** The value of a placeholder in the headers that a scheme adds. */
function inScheme(headers: ReadonlyMap<string, string>, scheme: SignatureScheme, placeholder: string) {
  const named = Object.entries(scheme.also).find(([, template]) => template === `{${placeholder}}`)?.[0];
  if (named !== undefined) return headers.get(named.toLowerCase());
  const [before, after] = scheme.format.split(`{${placeholder}}`);
  const value = headers.get(scheme.header.toLowerCase());
  if (before === undefined || after === undefined || value === undefined || /[{}]/.test(before)) return undefined;
  const end = joinedBy(scheme) ?? after.charAt(0);
  return value.startsWith(before) ? value.slice(before.length).split(end === '' ? /$/ : end)[0] : undefined;
}
