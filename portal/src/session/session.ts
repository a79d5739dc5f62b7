/** What a person may do here, in the API's terms. */
export type Capability = 'view' | 'manage_endpoints' | 'view_secret' | 'rotate_secret' | 'send_test' | 'replay';

export type Theme = 'light' | 'dark' | 'system';

/** A session as the page keeps it. */
export interface Session {
  readonly token: string;
  readonly tenant: string;
  readonly capabilities: readonly Capability[];
  readonly expires_at: string;
  readonly return_url: string | null;
  readonly next: string | null;
  readonly theme: Theme | null;
}

/** Where the sign-in is. */
export type SignIn =
  | { readonly is: 'starting' }
  | { readonly is: 'open'; readonly session: Session }
  | { readonly is: 'ended'; readonly returnUrl: string | null }
  | { readonly is: 'used' }
  | { readonly is: 'absent' }
  | { readonly is: 'failed'; readonly why: string; readonly again: () => void };

/** A session from another tab or the tab's own storage; undefined if the text is none, or one that is over. */
export function readSession(text: unknown, nowMs: number): Session | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isSession(value) && Date.parse(value.expires_at) > nowMs ? value : undefined;
  } catch (fault) {
    if (fault instanceof SyntaxError) return undefined;
    throw fault;
  }
}

/** Whether a value has what the page needs of a session. */
export function isSession(value: unknown): value is Session {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['token', 'tenant', 'expires_at'].every((name) => typeof Reflect.get(value, name) === 'string') &&
    Array.isArray(Reflect.get(value, 'capabilities'))
  );
}

/** A URL to leave the page by: nothing but the web, whatever the session says. */
export function wayBack(url: string | null): URL | undefined {
  const parsed = url === null ? null : URL.parse(url);
  return parsed !== null && ['http:', 'https:'].includes(parsed.protocol) ? parsed : undefined;
}

/** The path within the page that a session begins with; undefined if it leads elsewhere. */
export function firstPath(next: string | null): string | undefined {
  return next?.startsWith('/') && !next.startsWith('//') ? next : undefined;
}
