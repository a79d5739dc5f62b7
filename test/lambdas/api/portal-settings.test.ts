import { beforeEach, describe, expect, it } from 'vitest';
import { ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

const SETTINGS = {
  name: 'Acme',
  logo: 'data:image/png;base64,iVBORw0KGgo=',
  brand_color: { light: '#3b5bdb', dark: '#8ea5ff' },
  radius: 8,
  theme: 'dark',
  links: [{ label: 'Guide', url: 'https://docs.example.com/' }],
  hidden_navigation: ['jobs', 'audit'],
};
const put = (body: unknown, key?: string) =>
  world.request('PUT', '/v1/portal-settings', { body, ...(key !== undefined && { key }) });

describe("the portal's settings", () => {
  it('have defaults until they are set', async () => {
    expect((await world.get('/v1/portal-settings')).body).toEqual({
      ...{ name: null, logo: null, brand_color: null, radius: null, theme: 'system', links: [], hidden_navigation: [] },
      updated_at: null,
    });
  });

  it('are read as they were put, by a key of any role and tenant', async () => {
    const made = await put(SETTINGS);
    expect(made.status).toBe(200);
    expect(made.body).toEqual({ ...SETTINGS, updated_at: new Date(world.now).toISOString() });
    for (const role of ['viewer', 'producer', 'admin'] as const) {
      const reply = await world.get('/v1/portal-settings', world.key({ role, tenant: 'acme' }));
      expect([reply.status, reply.body]).toEqual([200, made.body]);
    }
  });

  it('are changed only by an admin that is bound to no tenant, and by nobody without a key', async () => {
    for (const key of [world.key({ tenant: 'acme' }), world.key({ role: 'viewer' }), world.key({ role: 'producer' })]) {
      expect((await put(SETTINGS, key)).status).toBe(403);
    }
    expect((await world.request('GET', '/v1/portal-settings', { key: null })).status).toBe(401);
    expect((await world.get('/v1/portal-settings')).body).toMatchObject({ name: null });
  });

  it('are refused with the fields at fault', async () => {
    const reply = await put({ ...SETTINGS, brand_color: { light: '#ffff00', dark: '#000000' }, colour: 'red' });
    expect(reply.status).toBe(422);
    expect(reply.faults.toSorted()).toEqual(['brand_color.dark', 'brand_color.light', 'colour']);
    expect(reply.text).toContain('is 1.07:1, and text needs 4.5:1: use a darker one.');
  });

  it('are in the audit trail, to be found by their name', async () => {
    await put(SETTINGS);
    const { body } = await world.get('/v1/audit?tenant=*&object=postrider.portal_settings');
    expect(body).toMatchObject({ data: [{ action: 'portal_settings.updated', after: { name: 'Acme', radius: 8 } }] });
  });
});
