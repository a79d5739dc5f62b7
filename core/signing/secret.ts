import * as z from 'zod';
import type { Random } from '../random.ts';

const PREFIX = 'whsec_';
const KEY_BYTES_MIN = 24;
const KEY_BYTES_MAX = 64;

/** The key of a Standard Webhooks secret, or undefined when the text is none. */
export function keyOf(secret: string): Buffer | undefined {
  const text = secret.slice(PREFIX.length);
  if (!secret.startsWith(PREFIX) || !/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.length >= KEY_BYTES_MIN && key.length <= KEY_BYTES_MAX ? key : undefined;
}

/** A secret that a caller brings: `whsec_` and base64 of 24 to 64 bytes. */
export const webhookSecret = z
  .string()
  .refine((text) => keyOf(text) !== undefined, 'Use "whsec_" followed by the base64 of 24 to 64 random bytes.');

/** A new secret of 32 random bytes. */
export function newSecret(random: Random): string {
  return PREFIX + Buffer.from(random.bytes(32)).toString('base64');
}
