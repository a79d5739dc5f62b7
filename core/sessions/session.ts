import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { type Actor, storedActor } from '../audit/audit.ts';
import { credentialHash } from '../credential-hash.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../durations.ts';
import { newId } from '../ids.ts';
import type { Random } from '../random.ts';
import { CAPABILITIES } from './capabilities.ts';

/** `portal` is for the people of a tenant, and does what its capabilities say; the others are for operators, at the console. */
export const CONSOLE_ROLES = ['viewer', 'admin'] as const;
export type ConsoleRole = (typeof CONSOLE_ROLES)[number];
export const SESSION_ROLES = ['portal', ...CONSOLE_ROLES] as const;

export const THEMES = ['light', 'dark', 'system'] as const;

/** How long the link that begins a session works. */
export const CODE_LIFE_MS = 5 * MINUTE_MS;
/** How long a session lasts: from when it is made, whenever its code is redeemed. */
export const SESSION_LIFE_MS = { least: MINUTE_MS, usual: HOUR_MS, most: DAY_MS };

/** What a session ends with: the key that made it, by its hash, or the session that did. */
const storedParent = z.object({ kind: z.enum(['api_key', 'session']), id: z.string() });
export type Parent = z.output<typeof storedParent>;

/**
 * A session of somebody at a browser, as stored: never its code or token, only their SHA-256. Times in ms since the
 * epoch.
 */
export const storedSession = z.object({
  id: z.string(),
  role: z.enum(SESSION_ROLES),
  /** Null for an operator's session of all tenants. */
  tenant: z.string().nullable(),
  /** Who uses it: the actor's name in the audit trail. */
  subject: z.string(),
  /** Of the role `portal`; empty for the others. */
  capabilities: z.array(z.enum(CAPABILITIES)),
  /** Who made it. */
  createdBy: storedActor,
  /** Null for a session that was made with an AWS role. */
  parent: storedParent.nullable(),
  /** What its page needs. */
  returnUrl: z.string().nullable(),
  next: z.string().nullable(),
  theme: z.enum(THEMES).nullable(),
  locale: z.string().nullable(),
  codeHash: z.string(),
  codeExpiresAt: z.number(),
  /** Null until the code is redeemed. */
  tokenHash: z.string().nullable(),
  redeemedAt: z.number().nullable(),
  createdAt: z.number(),
  expiresAt: z.number(),
});
export type Session = z.output<typeof storedSession>;

/** The actor that the audit trail shows for a session: its person, or an operator's AWS role. */
export function sessionActor({ role, createdBy, id, subject: name }: Session): Actor {
  return role !== 'portal' && createdBy.kind === 'iam' ? createdBy : { kind: 'portal_session', id, name };
}

/** What a session is made from. */
export type NewSession = Omit<
  Session,
  'id' | 'codeHash' | 'codeExpiresAt' | 'tokenHash' | 'redeemedAt' | 'createdAt' | 'expiresAt'
> & { lifeMs: number; expiresAtMost: number | null };

const ID_PREFIX = 'ses_';
/** The id says where the session is stored; only the 256 bits after it are secret. */
const CREDENTIAL = /^(psc|pst)_([0-9a-hjkmnp-tv-z]{26})([A-Za-z0-9_-]{43})$/;

/** Creates a session. `code` is what begins it: it is shown only once. */
export function mintSession(wanted: NewSession, nowMs: number, random: Random): { session: Session; code: string } {
  const { lifeMs, expiresAtMost, ...rest } = wanted;
  const id = newId('ses', nowMs, random);
  const code = `psc_${id.slice(ID_PREFIX.length)}${Buffer.from(random.bytes(32)).toString('base64url')}`;
  const expiresAt = Math.min(nowMs + lifeMs, expiresAtMost ?? Number.POSITIVE_INFINITY);
  const session = {
    ...{ id, ...rest, createdAt: nowMs, expiresAt },
    codeHash: credentialHash(code),
    codeExpiresAt: Math.min(nowMs + CODE_LIFE_MS, expiresAt),
    tokenHash: null,
    redeemedAt: null,
  };
  return { session, code };
}

/**
 * The token of the session that a code begins. It is made of the code and of what the page has thrown in, so that the
 * same page gets the same token again when an answer was lost, though only a hash of it is stored. 256 bits.
 */
export function tokenOf(code: string, thrownIn: string): string {
  const [, , body = ''] = CREDENTIAL.exec(code) ?? [];
  return `pst_${body}${createHmac('sha256', code).update(thrownIn).digest('base64url')}`;
}

/** The id of the session that a code or a token names; undefined if the text is none. */
export function sessionIdIn(kind: 'psc' | 'pst', text: string): string | undefined {
  const [, given, body] = CREDENTIAL.exec(text) ?? [];
  return given === kind ? `${ID_PREFIX}${body}` : undefined;
}
