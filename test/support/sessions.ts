import { keyHash } from '../../core/keys/key.ts';
import type { Random } from '../../core/random.ts';
import { mintSession, type Session, tokenOf } from '../../core/sessions/session.ts';

/** A session whose code was redeemed: by default a viewing one of the portal, that nothing ends but its time. */
export function begunSession(
  changes: Partial<Session>,
  nowMs: number,
  random: Random,
): { session: Session; code: string; token: string } {
  const { session, code } = mintSession(
    {
      ...{ role: 'portal', tenant: 'acme', subject: 'jo', capabilities: ['view'], parent: null },
      createdBy: { kind: 'api_key', id: 'key_1', name: 'shop backend' },
      ...{ returnUrl: null, next: null, theme: null, locale: null, lifeMs: 3_600_000, expiresAtMost: null },
    },
    nowMs,
    random,
  );
  const token = tokenOf(code, 'a nonce');
  return { session: { ...session, tokenHash: keyHash(token), redeemedAt: nowMs, ...changes }, code, token };
}
