const CUT = '/…';
const CHANGED = ' (changed)';
const PARTS = /^(?<scheme>[a-z]+:\/\/)(?:[^/?#\\]*@)?(?<host>[^/?#\\]*)(?<rest>.*)$/isu;

/**
 * A URL as lists and the audit trail show it: up to its host, followed by `/…` if there is more. Path and query may hold
 * credentials. What is cut already stays so.
 */
export function shownUrl(url: string): string {
  if (isCutUrl(url)) return url;
  const { scheme, host, rest } = PARTS.exec(url)?.groups ?? {};
  if (scheme === undefined || host === undefined) return CUT;
  return scheme + host + (rest === '' || rest === '/' ? rest : CUT);
}

/** A changed URL beside the former one: where both look alike, it says that it changed. */
export function shownChangedUrl(before: string, after: string): string {
  const isUnseen = before !== after && shownUrl(before) === shownUrl(after);
  return isUnseen ? shownUrl(after) + CHANGED : shownUrl(after);
}

/** Whether a URL was copied from where it is cut. */
export function isCutUrl(url: string): boolean {
  return url.endsWith(CUT) || url.endsWith(CUT + CHANGED);
}
