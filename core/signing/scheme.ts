/** How webhooks are signed, as discovery tells whoever receives them. */
export const SIGNATURE_SCHEME = {
  scheme: 'standard-webhooks',
  documentation: 'https://www.standardwebhooks.com',
  algorithm: 'hmac-sha256',
  secret_prefix: 'whsec_',
  key: 'the bytes whose base64 follows the prefix; of a secret of another form, its UTF-8 text',
  signed_content: '{webhook-id}.{webhook-timestamp}.{body}',
  headers: { id: 'webhook-id', timestamp: 'webhook-timestamp', signature: 'webhook-signature' },
  profiles: ['standard', 'simple', 'github', 'stripe'],
  profile_key: 'the UTF-8 text of the secret as it is shown, prefix included',
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
