import * as z from 'zod';
import type { Actor } from '../audit/audit.ts';
import { credentialHash } from '../credential-hash.ts';
import { newId } from '../ids.ts';
import type { Random } from '../random.ts';
import { type Session, sessionActor } from '../sessions/session.ts';

export const ROLES = ['viewer', 'producer', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** An API key as stored: never the key itself, only its SHA-256. Times in ms since the epoch. */
export const storedKey = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  /** The tenant that the key is bound to; null for a key of all tenants. */
  tenant: z.string().nullable(),
  /** The key's first characters, to tell keys apart. */
  prefix: z.string(),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
  /** Day of the last use (YYYY-MM-DD), at most one write a day. */
  lastUsedOn: z.string().nullable(),
});
export type ApiKey = z.output<typeof storedKey>;

/** Whether a caller has a session, rather than an API key. */
export function isSession(caller: ApiKey | Session): caller is Session {
  return 'tokenHash' in caller;
}

/** The actor that the audit trail shows for a caller. */
export function actorOf(caller: ApiKey | Session): Actor {
  return isSession(caller) ? sessionActor(caller) : { kind: 'api_key', id: caller.id, name: caller.name };
}

const PREFIX_LENGTH = 10;

/** The hash by which a key is looked up. */
export const keyHash = credentialHash;

export interface NewKey {
  name: string;
  role: Role;
  tenant: string | null;
  expiresAt: number | null;
}

/** Creates a key. `secret` is the key itself: it is shown only once. */
export function mintKey(wanted: NewKey, nowMs: number, random: Random): { key: ApiKey; secret: string } {
  const secret = `pr_${Buffer.from(random.bytes(32)).toString('base64url')}`;
  return { key: describeKey(wanted, secret, nowMs, random), secret };
}

/** The record of a key with a given text (the local stage takes it from POSTRIDER_API_KEY). */
export function describeKey(wanted: NewKey, secret: string, nowMs: number, random: Random): ApiKey {
  const prefix = secret.slice(0, PREFIX_LENGTH);
  return { id: newId('key', nowMs, random), ...wanted, prefix, createdAt: nowMs, lastUsedOn: null };
}
