import { ENDPOINT_ID } from '../deliveries/examples.ts';

export const auditExample = {
  id: 'aud_01kapj4q7n3r5t8v0x2z4b6d8f',
  at: '2026-11-22T10:01:00.471Z',
  actor: { kind: 'api_key', id: 'key_01kapj0r5t9w2x4y6z8a1b3c5d', name: 'shop backend' },
  action: 'endpoint.updated',
  object: ENDPOINT_ID,
  tenant: 'acme',
  before: { state: 'active', headers: { 'x-team': '[redacted]' } },
  after: { state: 'paused', headers: { 'x-team': '[redacted, changed]' } },
};
