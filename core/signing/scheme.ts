/** How webhooks are signed, as discovery tells whoever receives them. */
export const SIGNATURE_SCHEME = {
  scheme: 'standard-webhooks',
  documentation: 'https://www.standardwebhooks.com',
  algorithm: 'hmac-sha256',
  secret_prefix: 'whsec_',
  signed_content: '{webhook-id}.{webhook-timestamp}.{body}',
  headers: { id: 'webhook-id', timestamp: 'webhook-timestamp', signature: 'webhook-signature' },
  profiles: ['standard', 'simple', 'github', 'stripe'],
} as const;
