import * as z from 'zod';
import type { Random } from '../random.ts';

const PREFIX = 'whsec_';
/** Base64 of 24 to 75 bytes: groups of four digits, the last of which may be cut short, with or without padding. */
const STANDARD = /^whsec_([A-Za-z0-9+/]{4}){8,24}([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=?|[A-Za-z0-9+/]{2}(==)?)?$/;
/** Letters, digits, punctuation and symbols: a blank or line break is a slip of the copying that nobody would see. */
const VISIBLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]{8,256}$/u;
/** Of these too nobody sees any: what Unicode lets be ignored, and the Braille pattern without a dot. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800]/u;
/** What is said of a secret that cannot be one. */
export const SECRET_RULE =
  'Use "whsec_" followed by the base64 of 24 to 75 random bytes; with the signature_profile github, simple or stripe, any 8 to 256 visible characters.';

const base64Of = (secret: string) => secret.slice(PREFIX.length);

/**
 * The key of `webhook-signature`: the bytes whose base64 follows `whsec_`. A secret of another form signs by its UTF-8
 * text, which the libraries of Standard Webhooks take as a raw key.
 */
export function standardKey(secret: string): Buffer {
  return STANDARD.test(secret) ? Buffer.from(base64Of(secret), 'base64') : Buffer.from(secret, 'utf8');
}

/** A secret that a caller brings. What more its endpoint's profile asks of it, `secretFault` says. */
export const webhookSecret = z
  .string()
  .regex(VISIBLE, { error: SECRET_RULE, abort: true })
  .refine((text) => !UNSEEN.test(text), SECRET_RULE)
  .meta({
    description:
      'Stored and shown as given. The profile `standard` requires `whsec_` and the base64 of 24 to 75 bytes, padded or not; `github`, `simple` and `stripe` accept any text.',
  });

/** Why an endpoint of this profile cannot have this secret, and what to use instead; undefined where it can. */
export function secretFault(profile: string, secret: string): string | undefined {
  if (profile !== 'standard') return undefined;
  if (!STANDARD.test(secret)) return SECRET_RULE;
  const unpadded = (base64: string) => base64.replace(/=+$/, '');
  const isCanonical = unpadded(standardKey(secret).toString('base64')) === unpadded(base64Of(secret));
  return isCanonical
    ? undefined
    : 'The last base64 digit holds bits that belong to no byte, which strict decoders reject: encode the bytes again.';
}

/** A new secret of 32 random bytes, which every profile takes. */
export function newSecret(random: Random): string {
  return PREFIX + Buffer.from(random.bytes(32)).toString('base64');
}
