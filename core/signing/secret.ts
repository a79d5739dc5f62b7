import * as z from 'zod';
import type { Random } from '../random.ts';
import { needsStandardSecret, type Signing } from './scheme.ts';

const PREFIX = 'whsec_';
/** Base64 of 24 to 75 bytes: groups of four digits, of which the last may be shorter, with or without padding. */
const STANDARD = /^whsec_([A-Za-z0-9+/]{4}){8,24}([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=?|[A-Za-z0-9+/]{2}(==)?)?$/;
/** Letters, digits, punctuation and symbols: a space or line break would be an invisible copying mistake. */
const VISIBLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]{8,256}$/u;
/** Further invisible characters: Unicode's default-ignorable ones, and the blank Braille pattern. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800]/u;
/** The message for an invalid secret. */
export const SECRET_RULE =
  'Use "whsec_" followed by the base64 of 24 to 75 random bytes; with a signature that is keyed by the text, such as the signature_profile github, simple or stripe, any 8 to 256 visible characters.';

const base64Of = (secret: string) => secret.slice(PREFIX.length);

/**
 * The key of `webhook-signature`: the base64-decoded bytes after `whsec_`. A secret of another form signs with its
 * UTF-8 text, which the libraries of Standard Webhooks accept as a raw key.
 */
export function standardKey(secret: string): Buffer {
  return STANDARD.test(secret) ? Buffer.from(base64Of(secret), 'base64') : Buffer.from(secret, 'utf8');
}

/** A secret from a caller. `secretFault` checks the further requirements of its endpoint's signature. */
export const webhookSecret = z
  .string()
  .regex(VISIBLE, { error: SECRET_RULE, abort: true })
  .refine((text) => !UNSEEN.test(text), SECRET_RULE)
  .meta({
    description:
      'Stored and shown as given. The profiles `standard` and `svix`, and a `signature` with the key `decoded`, require `whsec_` and the base64 of 24 to 75 bytes, padded or not; all others accept any text.',
  });

/** Why an endpoint with this signature cannot have this secret, and what to use instead; undefined if it can. */
export function secretFault(signing: Signing, secret: string): string | undefined {
  if (!needsStandardSecret(signing)) return undefined;
  if (!STANDARD.test(secret)) return SECRET_RULE;
  const unpadded = (base64: string) => base64.replace(/=+$/, '');
  const isCanonical = unpadded(standardKey(secret).toString('base64')) === unpadded(base64Of(secret));
  return isCanonical
    ? undefined
    : 'The last base64 digit holds bits that belong to no byte, which strict decoders reject: encode the bytes again.';
}

/** A new secret of 32 random bytes, which every profile accepts. */
export function newSecret(random: Random): string {
  return PREFIX + Buffer.from(random.bytes(32)).toString('base64');
}
