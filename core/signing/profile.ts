import * as z from 'zod';
import { isReservedHeader } from './header-names.ts';

const STRIPE_HEADER_DEFAULT = 'Stripe-Signature';
const PROFILE = /^(standard|simple|github|stripe(:[A-Za-z0-9-]{1,64})?)$/;

/**
 * The signature convention of an endpoint's webhooks, in addition to the standard headers, as written in the API:
 * `standard`, `simple`, `github`, `stripe`, or `stripe:<header name>`.
 */
export const signatureProfile = z
  .string()
  .regex(PROFILE, 'Use standard, simple, github, stripe or stripe:<header name>.')
  .refine(
    (text) => !isReservedHeader(text.split(':')[1] ?? ''),
    'Postrider sets this header, or it would not arrive: use another name.',
  )
  .meta({
    description:
      'A signature in addition to `webhook-signature`, keyed by the UTF-8 text of the whole secret, prefix included: `github` sends `X-Hub-Signature-256`, `simple` `X-Webhook-Signature`, `stripe` `Stripe-Signature` or the header named after `stripe:`. During a rotation overlap, `stripe` signs with each secret, `github` and `simple` with the newest.',
  });

/** A parsed profile. */
export type SignatureProfile = { kind: 'standard' | 'simple' | 'github' } | { kind: 'stripe'; header: string };

/** Parses a valid profile. */
export function parseProfile(text: string): SignatureProfile {
  const [kind, header] = text.split(':');
  if (kind === 'stripe') return { kind, header: header ?? STRIPE_HEADER_DEFAULT };
  return { kind: kind === 'simple' || kind === 'github' ? kind : 'standard' };
}

/** The header that a profile adds to the standard ones; undefined if it adds none. */
export function signatureHeader(profile: SignatureProfile): string | undefined {
  switch (profile.kind) {
    case 'standard':
      return undefined;
    case 'simple':
      return 'x-webhook-signature';
    case 'github':
      return 'x-hub-signature-256';
    case 'stripe':
      return profile.header;
  }
}

/** How webhooks are signed, as discovery describes it to receivers. */
export const SIGNATURE_SCHEME = {
  scheme: 'standard-webhooks',
  documentation: 'https://www.standardwebhooks.com',
  algorithm: 'hmac-sha256',
  secret_prefix: 'whsec_',
  key: 'the base64-decoded bytes after the prefix; for a secret of another form, its UTF-8 text',
  signed_content: '{webhook-id}.{webhook-timestamp}.{body}',
  headers: { id: 'webhook-id', timestamp: 'webhook-timestamp', signature: 'webhook-signature' },
  profiles: ['standard', 'simple', 'github', 'stripe'],
  profile_key: 'the UTF-8 text of the whole secret, prefix included',
  profile_headers: {
    simple: { header: 'x-webhook-signature', value: 'sha256={hex}', signed_content: '{body}', signed_by: 'newest' },
    github: { header: 'x-hub-signature-256', value: 'sha256={hex}', signed_content: '{body}', signed_by: 'newest' },
    stripe: {
      header: 'Stripe-Signature',
      value: 't={timestamp},v1={hex},v1={hex}',
      signed_content: '{timestamp}.{body}',
      signed_by: 'each',
    },
  },
} as const;
