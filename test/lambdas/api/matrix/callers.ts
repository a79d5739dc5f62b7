import type { ApiWorld } from '../../../support/api-world.ts';

/** The callers: the columns of the matrix. Keys belong to tenant acme unless they say otherwise. */
export const CALLERS = [
  'no key',
  'wrong key',
  'expired key',
  'revoked key',
  'viewer',
  'producer',
  'admin',
  'admin of another tenant',
  'admin of all tenants',
] as const;
export type Caller = (typeof CALLERS)[number];

/** A key for each caller; a revoked one was in use until a minute ago. */
export async function keyFor(api: ApiWorld): Promise<Record<Caller, string | null>> {
  const tenant = 'acme';
  const revoked = await api.post('/v1/keys', { name: 'revoked', role: 'admin', tenant });
  const expired = api.key({ tenant, expiresAt: api.now + 2 });
  await api.get('/v1/events', revoked.field('key'));
  await api.get('/v1/events', expired);
  await api.request('DELETE', `/v1/keys/${revoked.field('id')}`);
  api.now += 60_000;
  return {
    'no key': null,
    'wrong key': 'pr_wrong',
    'expired key': expired,
    'revoked key': revoked.field('key'),
    viewer: api.key({ tenant, role: 'viewer' }),
    producer: api.key({ tenant, role: 'producer' }),
    admin: api.key({ tenant }),
    'admin of another tenant': api.key({ tenant: 'globex' }),
    'admin of all tenants': api.admin,
  };
}
