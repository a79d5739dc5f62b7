/** What a session of a tenant's portal may be allowed to do, in the API's terms. */
export const CAPABILITIES = [
  'view',
  'manage_endpoints',
  'view_secret',
  'rotate_secret',
  'send_test',
  'replay',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** What an operation asks of a portal session; `any` is whatever session. */
export type NeededCapability = Capability | 'any';
