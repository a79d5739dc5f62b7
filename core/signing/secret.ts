import * as z from 'zod';
import type { Random } from '../random.ts';

const PREFIX = 'whsec_';
/** Base64 of 24 to 64 bytes: groups of four, the last of which may be padded. */
const SECRET = /^whsec_(([A-Za-z0-9+/]{4}){8,21}([A-Za-z0-9+/]{2}==)?|([A-Za-z0-9+/]{4}){8,20}[A-Za-z0-9+/]{3}=)$/;

/** The key of a Standard Webhooks secret, or undefined when the text is none. */
export function keyOf(secret: string): Buffer | undefined {
  return SECRET.test(secret) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : undefined;
}

/** A secret that a caller brings: `whsec_` and base64 of 24 to 64 bytes. */
export const webhookSecret = z.string().regex(SECRET, 'Use "whsec_" followed by the base64 of 24 to 64 random bytes.');

/** A new secret of 32 random bytes. */
export function newSecret(random: Random): string {
  return PREFIX + Buffer.from(random.bytes(32)).toString('base64');
}
