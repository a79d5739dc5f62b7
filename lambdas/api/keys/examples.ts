/** The body of a request that creates a key. */
export const keyInputExample = {
  name: 'shop backend',
  role: 'producer',
  tenant: 'acme',
  expires_at: '2099-01-01T00:00:00.000Z',
};

export const keyExample = {
  id: 'key_01kapj0r5t9w2x4y6z8a1b3c5d',
  ...keyInputExample,
  prefix: 'pr_3Yp0tXa',
  created_at: '2026-11-22T09:55:00.000Z',
  last_used_on: '2026-11-22',
};

export const meExample = {
  ...keyExample,
  kind: 'api_key',
  subject: null,
  capabilities: null,
  return_url: null,
  next: null,
  theme: null,
  locale: null,
};
