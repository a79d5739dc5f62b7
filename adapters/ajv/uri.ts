/** The parts of a URI reference (RFC 3986); missing ones are omitted. */
export interface UriParts {
  scheme?: string;
  host?: string;
  path?: string;
  query?: string;
  fragment?: string;
}

const PARTS = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;

/** Parses a reference. `host` is the whole authority. */
export function parse(uri: string): UriParts {
  const [, scheme, host, path = '', query, fragment] = PARTS.exec(uri) ?? [];
  return {
    ...(scheme !== undefined && { scheme: scheme.toLowerCase() }),
    ...(host !== undefined && { host: host.toLowerCase() }),
    path,
    ...(query !== undefined && { query }),
    ...(fragment !== undefined && { fragment }),
  };
}

/** The text of a reference. */
export function serialize({ scheme, host, path = '', query, fragment }: UriParts): string {
  const part = (before: string, value: string | undefined, after = '') =>
    value === undefined ? '' : `${before}${value}${after}`;
  return `${part('', scheme, ':')}${part('//', host)}${path}${part('?', query)}${part('#', fragment)}`;
}

/** Resolves a reference against a base (RFC 3986, 5.2.2). */
export function resolve(base: string, reference: string): string {
  const [{ scheme, ...at }, to] = [parse(base), parse(reference)];
  if (to.scheme !== undefined) return serialize({ ...to, path: withoutDots(to.path) });
  const written = serialize(to);
  const inScheme = scheme === undefined ? '' : `${scheme}:`;
  if (to.host !== undefined) return `${inScheme}${serialize({ ...to, path: withoutDots(to.path) })}`;
  const authority = at.host === undefined ? inScheme : `${inScheme}//${at.host}`;
  if (!to.path) {
    const query = at.query === undefined || to.query !== undefined ? '' : `?${at.query}`;
    return `${authority}${at.path}${query}${written}`;
  }
  const path = to.path.startsWith('/') ? to.path : merged(at, to.path);
  return `${authority}${serialize({ ...to, path: withoutDots(path) })}`;
}

function merged({ host, path = '' }: UriParts, relative: string): string {
  if (host !== undefined && path === '') return `/${relative}`;
  return path.slice(0, path.lastIndexOf('/') + 1) + relative;
}

function withoutDots(path = ''): string {
  const kept: string[] = [];
  const segments = path.split('/');
  for (const [at, segment] of segments.entries()) {
    const isLast = at === segments.length - 1;
    if (segment === '..' && (kept.length > 1 || (kept.length === 1 && kept[0] !== ''))) kept.pop();
    if (segment === '.' || segment === '..') {
      if (isLast) kept.push('');
    } else kept.push(segment);
  }
  return kept.join('/');
}
