import { beforeEach, describe, expect, it } from 'vitest';
import { ApiWorld } from '../../support/api-world.ts';
import { DAY } from '../../support/delivery-world.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

const UNKNOWN = '0'.repeat(26);

describe('authentication and roles', () => {
  it.each([
    ['no key', undefined],
    ['an unknown key', 'pr_unknown'],
  ])('answers %s with a 401 that names the scheme', async (_, key) => {
    const reply = await world.request('GET', '/v1/endpoints', { key: key ?? null });
    expect(reply.status).toBe(401);
    expect(reply.headers.get('www-authenticate')).toBe('Bearer');
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply.body).toMatchObject({ type: 'urn:postrider:problem:unauthenticated', status: 401 });
  });

  it('answers an expired key with 401', async () => {
    const key = world.key({ expiresAt: world.now + 1000 });
    expect((await world.get('/v1/endpoints', key)).status).toBe(200);
    world.now += 1000;
    expect((await world.get('/v1/endpoints', key)).status).toBe(401);
  });

  it('notices a revoked key within a minute', async () => {
    const key = world.key({});
    const [mine] = (await world.get('/v1/keys', key)).list.ids;
    expect((await world.request('DELETE', `/v1/keys/${mine}`, { key })).status).toBe(204);
    world.now += 60_000;
    expect((await world.get('/v1/endpoints', key)).status).toBe(401);
  });

  it('checks the key before the input, so that nothing can be probed without one', async () => {
    expect((await world.request('POST', '/v1/endpoints', { body: '{', key: null })).status).toBe(401);
  });

  it.each([
    ['GET', '/v1/endpoints', 'viewer'],
    ['GET', `/v1/endpoints/ep_${UNKNOWN}`, 'viewer'],
    ['GET', '/v1/events', 'viewer'],
    ['GET', '/v1/deliveries', 'viewer'],
    ['POST', '/v1/endpoints', 'admin'],
    ['PATCH', `/v1/endpoints/ep_${UNKNOWN}`, 'admin'],
    ['PUT', `/v1/endpoints/ep_${UNKNOWN}`, 'admin'],
    ['DELETE', `/v1/endpoints/ep_${UNKNOWN}`, 'admin'],
    ['GET', `/v1/endpoints/ep_${UNKNOWN}/secret`, 'admin'],
    ['POST', `/v1/endpoints/ep_${UNKNOWN}/secret/rotate`, 'admin'],
    ['POST', `/v1/endpoints/ep_${UNKNOWN}/test`, 'admin'],
    ['POST', `/v1/deliveries/dlv_${UNKNOWN}_${UNKNOWN}/replay`, 'admin'],
    ['GET', '/v1/keys', 'admin'],
    ['POST', '/v1/keys', 'admin'],
    ['DELETE', `/v1/keys/key_${UNKNOWN}`, 'admin'],
  ])('%s %s is for a %s', async (method, path, needed) => {
    const answers = await Promise.all(
      (['producer', 'viewer', 'admin'] as const).map(async (role) => {
        const { status } = await world.request(method, path, { key: world.key({ role }) });
        return [role, status !== 403];
      }),
    );
    expect(Object.fromEntries(answers)).toEqual({ producer: false, viewer: needed === 'viewer', admin: true });
  });
});

describe('what a key that is bound to a tenant sees', () => {
  let acme: string;
  beforeEach(() => {
    acme = world.key({ tenant: 'acme' });
  });

  it('lists its own tenant and no other', async () => {
    const mine = await world.endpoint({ tenant: 'acme' });
    await world.endpoint({ tenant: 'globex' });
    expect((await world.get('/v1/endpoints', acme)).list.ids).toEqual([mine]);
    for (const path of ['endpoints', 'events', 'deliveries', 'keys']) {
      expect((await world.get(`/v1/${path}?tenant=globex`, acme)).status).toBe(403);
      expect((await world.get(`/v1/${path}?tenant=*`, acme)).status).toBe(403);
    }
  });

  it("answers another tenant's id like an unknown id", async () => {
    const endpoint = await world.endpoint({ tenant: 'globex' });
    const event = world.event([endpoint], { tenant: 'globex' });
    const delivery = world.delivery(event, endpoint);
    const key = (await world.get('/v1/keys')).list.ids.at(-1);
    const requests = [
      ['GET', `/v1/endpoints/${endpoint}`, `/v1/endpoints/ep_${UNKNOWN}`],
      ['PATCH', `/v1/endpoints/${endpoint}`, `/v1/endpoints/ep_${UNKNOWN}`],
      ['PUT', `/v1/endpoints/${endpoint}`, `/v1/endpoints/ep_${UNKNOWN}`],
      ['DELETE', `/v1/endpoints/${endpoint}`, `/v1/endpoints/ep_${UNKNOWN}`],
      ['GET', `/v1/endpoints/${endpoint}/secret`, `/v1/endpoints/ep_${UNKNOWN}/secret`],
      ['POST', `/v1/endpoints/${endpoint}/secret/rotate`, `/v1/endpoints/ep_${UNKNOWN}/secret/rotate`],
      ['POST', `/v1/endpoints/${endpoint}/test`, `/v1/endpoints/ep_${UNKNOWN}/test`],
      ['GET', `/v1/events/${event.id}`, `/v1/events/evt_${UNKNOWN}`],
      ['GET', `/v1/deliveries/${delivery}`, `/v1/deliveries/dlv_${UNKNOWN}_${UNKNOWN}`],
      ['POST', `/v1/deliveries/${delivery}/replay`, `/v1/deliveries/dlv_${UNKNOWN}_${UNKNOWN}/replay`],
      ['GET', `/v1/keys/${key}`, `/v1/keys/key_${UNKNOWN}`],
      ['DELETE', `/v1/keys/${key}`, `/v1/keys/key_${UNKNOWN}`],
    ] as const;
    const before = { entries: world.audit.entries.size, pendingEntries: world.audit.pendingEntries.length };
    for (const [method, foreign, unknown] of requests) {
      const body =
        method === 'PUT' || method === 'PATCH' ? { url: 'https://example.org/x', event_types: ['*'] } : undefined;
      const replies = [foreign, unknown].map((path) => world.request(method, path, { key: acme, body }));
      const [one, other] = await Promise.all(replies);
      expect([method, foreign, one?.status, one?.text]).toEqual([method, foreign, 404, other?.text]);
    }
    expect((await world.get(`/v1/endpoints/${endpoint}`)).status).toBe(200);
    expect(world.audit.entries.size).toBe(before.entries);
    expect(world.audit.pendingEntries).toHaveLength(before.pendingEntries);
  });

  it('creates endpoints only in its own tenant', async () => {
    const body = { url: 'https://example.com/x', event_types: ['*'] };
    expect((await world.post('/v1/endpoints', body, acme)).body).toMatchObject({ tenant: 'acme' });
    expect((await world.post('/v1/endpoints', { ...body, tenant: 'globex' }, acme)).status).toBe(403);
  });

  it('creates and sees keys only of its own tenant', async () => {
    const made = await world.post('/v1/keys', { name: 'n', role: 'viewer' }, acme);
    expect(made.body).toMatchObject({ tenant: 'acme' });
    expect((await world.post('/v1/keys', { name: 'n', role: 'viewer', tenant: 'globex' }, acme)).status).toBe(403);
    expect((await world.post('/v1/keys', { name: 'n', role: 'admin', tenant: null }, acme)).status).toBe(403);
    const { data } = (await world.get('/v1/keys', acme)).list;
    expect(data.map(({ tenant }) => tenant)).toEqual(['acme', 'acme']);
  });
});

describe('what a key that is bound to no tenant sees', () => {
  it('lists the default tenant unless it names one, and all of them for tenant=*', async () => {
    const plain = await world.endpoint();
    const acme = await world.endpoint({ tenant: 'acme' });
    expect((await world.get('/v1/endpoints')).list.ids).toEqual([plain]);
    expect((await world.get('/v1/endpoints?tenant=acme')).list.ids).toEqual([acme]);
    expect((await world.get('/v1/endpoints?tenant=*')).list.ids).toEqual([acme, plain]);
    expect((await world.get(`/v1/endpoints/${acme}`)).status).toBe(200);
  });
});

describe('API keys', () => {
  it('shows a new key once, with its location, and accepts it', async () => {
    const expires = new Date(world.now + DAY).toISOString();
    const made = await world.post('/v1/keys', { name: 'CI', role: 'producer', tenant: 'acme', expires_at: expires });
    expect(made.status).toBe(201);
    const { id, key } = { id: made.field('id'), key: made.field('key') };
    expect(made.headers.get('location')).toBe(`/v1/keys/${id}`);
    const shown = await world.get(`/v1/keys/${id}`);
    expect(shown.body).toEqual({
      id,
      name: 'CI',
      role: 'producer',
      tenant: 'acme',
      prefix: key.slice(0, 10),
      created_at: new Date(world.now).toISOString(),
      expires_at: expires,
      last_used_on: null,
    });
    expect((await world.get('/v1/keys')).text).not.toContain(key);
    expect((await world.get('/v1/events', key)).status).toBe(403);
    expect((await world.get(`/v1/keys/${id}`)).body).toMatchObject({ last_used_on: '2026-11-22' });
  });

  it('says what is wrong with a requested key', async () => {
    const past = new Date(world.now - 1).toISOString();
    const bad = async (body: unknown) => {
      const reply = await world.post('/v1/keys', body);
      return [reply.status, reply.faults];
    };
    expect(await bad({ name: '', role: 'root', colour: 'red' })).toEqual([422, ['name', 'role', 'colour']]);
    expect(await bad({ name: 'n', role: 'admin', expires_at: past })).toEqual([422, ['expires_at']]);
    expect(await bad({ name: 'n', role: 'admin', tenant: 'no spaces' })).toEqual([422, ['tenant']]);
    expect(await bad([])).toEqual([422, ['']]);
  });
});
