import { CAPABILITIES, type Capability } from '../../../../core/sessions/capabilities.ts';
import type { ApiWorld } from '../../../support/api-world.ts';

/** A session of the portal with one capability. */
export const portalWith = (capability: Capability) => `portal with ${capability}` as const;

/** The callers: the columns of the matrix. Keys and sessions belong to tenant acme unless they say otherwise. */
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
  'admin of all tenants, at the console',
  'ended portal session',
  ...CAPABILITIES.map(portalWith),
  'portal of another tenant',
] as const;
export type Caller = (typeof CALLERS)[number];

/** A key or token for each caller; a revoked or ended one was in use until a minute ago. */
export async function keyFor(api: ApiWorld): Promise<Partial<Record<Caller, string | null>>> {
  const tenant = 'acme';
  const revoked = await api.post('/v1/keys', { name: 'revoked', role: 'admin', tenant });
  const expired = api.key({ tenant, expiresAt: api.now + 2 });
  await api.get('/v1/events', revoked.field('key'));
  await api.get('/v1/events', expired);
  await api.request('DELETE', `/v1/keys/${revoked.field('id')}`);
  const session = async (of: string, capabilities: readonly Capability[]) =>
    (await api.session({ tenant: of, capabilities })).token;
  const ended = await api.session({ tenant });
  await api.get('/v1/events', ended.token);
  await api.request('DELETE', `/v1/portal-sessions/${ended.id}`);
  api.now += 60_000;
  const portals: Partial<Record<Caller, string>> = {};
  for (const capability of CAPABILITIES) portals[portalWith(capability)] = await session(tenant, [capability]);
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
    'admin of all tenants, at the console': (await api.begin(await api.post('/v1/console-sessions', {}))).token,
    'ended portal session': ended.token,
    ...portals,
    'portal of another tenant': await session('globex', CAPABILITIES),
  };
}
