/** The body of a request that creates a session. */
export const portalSessionInputExample = {
  tenant: 'acme',
  subject: 'jo@acme.example',
  capabilities: ['view', 'manage_endpoints', 'send_test'],
  expires_in: 3_600,
  return_url: 'https://shop.example.com/settings',
  next: '/endpoints/new',
  theme: 'system',
  locale: 'en',
};

const SESSION_ID = 'ses_01kapj6w3x5y7z9a1b2c4d6e8f';
const { expires_in: _, ...shown } = portalSessionInputExample;
const expires_at = '2026-11-22T11:02:00.000Z';
const who = { id: SESSION_ID, role: 'portal', ...shown };

export const createdSessionExample = {
  id: SESSION_ID,
  // Not a real code: those are longer.
  url: 'https://postrider.example.com/portal/#code=psc_01kapj6w3x...',
  code_expires_at: '2026-11-22T10:07:00.000Z',
  expires_at,
};

export const redeemedExample = { token: 'pst_01kapj6w3x...', ...who, expires_at };

export const sessionExample = {
  ...who,
  created_by: { kind: 'api_key', id: 'key_01kapj0r5t9w2x4y6z8a1b3c5d', name: 'shop backend' },
  created_at: '2026-11-22T10:02:00.000Z',
  redeemed_at: '2026-11-22T10:02:03.118Z',
  expires_at,
};
