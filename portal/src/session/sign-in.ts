import { useSyncExternalStore } from 'react';
import { joinTabs } from './other-tabs.ts';
import { newNonce, redeem } from './redeem.ts';
import { type Capability, readSession, type Session, type SignIn } from './session.ts';
import { kept } from './storage.ts';

// The one session of the page. It is outside React, since it begins before the first component: the code must be out of the
// address bar before anything else runs.

const KEY = 'postrider.session';

// At once, when this module is loaded: nothing that comes after it finds the code.
const linkCode = takeCode();

let signIn: SignIn = { is: 'starting' };
const listeners = new Set<() => void>();

function become(next: SignIn): void {
  signIn = next;
  for (const listener of listeners) listener();
}

const current = () => (signIn.is === 'open' ? signIn.session : undefined);

/** Begins the session: by the link's code, what this tab kept, or another tab. */
export async function begin(): Promise<void> {
  const tabs = joinTabs(current);
  // The page around a frame may set a fresh link, which differs in nothing but its code.
  addEventListener('hashchange', () => {
    const fresh = takeCode();
    if (fresh !== undefined) void tryCode(fresh, newNonce());
  });
  if (linkCode !== undefined) return tryCode(linkCode, newNonce());
  const session = readSession(kept.read(KEY), Date.now()) ?? (await tabs.ask());
  if (session !== undefined) return open(session);
  askParent();
  become({ is: 'absent' });
}

/** The code of a link, which then is neither in the address bar nor in the history. */
function takeCode(): string | undefined {
  const [, code] = /^#code=(psc_[A-Za-z0-9_-]+)$/.exec(location.hash) ?? [];
  if (code !== undefined) history.replaceState(history.state, '', location.pathname + location.search);
  return code;
}

async function tryCode(code: string, nonce: string): Promise<void> {
  become({ is: 'starting' });
  const redemption = await redeem(code, nonce);
  if (redemption.is === 'open') return open(redemption.session);
  if (redemption.is === 'failed') return become({ ...redemption, again: () => void tryCode(code, nonce) });
  askParent();
  become(redemption);
}

function open(session: Session): void {
  kept.write(KEY, JSON.stringify(session));
  become({ is: 'open', session });
}

/** Called when the API no longer takes the token. The page says so and stays: it never sends anybody anywhere by itself. */
export function sessionEnded(token: string): void {
  const session = current();
  // The answer to a request of a former session says nothing about this one.
  if (session?.token !== token) return;
  kept.remove(KEY);
  askParent();
  become({ is: 'ended', returnUrl: session.return_url });
}

/** Tells the page around a frame that it must set a fresh link. It is no secret, so any page may hear it. */
function askParent(): void {
  if (window.parent !== window) window.parent.postMessage({ type: 'postrider.session-needed' }, '*');
}

/** Where the sign-in is. */
export function useSignIn(): SignIn {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => signIn,
  );
}

/** The token of the open session. */
export const sessionToken = (): string | undefined => current()?.token;

/** The open session. @throws Error outside of the pages that need one. */
export function useSession(): Session {
  const state = useSignIn();
  if (state.is !== 'open') throw new Error('Only a page behind the sign-in may ask for the session.');
  return state.session;
}

/** Whether the session allows something. What it does not allow is not shown. */
export function useMay(capability: Capability): boolean {
  return useSession().capabilities.includes(capability);
}
