import { words } from '../words/words.ts';
import { isSession, type Session } from './session.ts';

/** What became of a code. */
export type Redemption =
  | { readonly is: 'open'; readonly session: Session }
  | { readonly is: 'used' }
  | { readonly is: 'failed'; readonly why: string };

/**
 * Trades the code of a link for a session. The nonce makes a repetition the same use of the code: an answer that was lost
 * on the way can be asked for again.
 */
export async function redeem(code: string, nonce: string): Promise<Redemption> {
  try {
    const response = await fetch('/v1/portal-sessions/redeem', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code, nonce }),
    });
    if (response.status === 410) return { is: 'used' };
    const answer: unknown = response.ok ? await response.json() : undefined;
    return isSession(answer)
      ? { is: 'open', session: answer }
      : { is: 'failed', why: words.session.failed.answered(response.status) };
  } catch (fault) {
    // Of `fetch` where nothing answers, and of a body that breaks off.
    if (!(fault instanceof TypeError || fault instanceof SyntaxError)) throw fault;
    return { is: 'failed', why: words.session.failed.unreachable };
  }
}

/** 128 bits, as the API takes them. */
export function newNonce(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
