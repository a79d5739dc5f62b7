import { beforeEach, describe, expect, it } from 'vitest';
import { eventIdForKey } from '../../../core/ids.ts';
import { ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

const listed = async (query: string, key?: string) => (await world.get(`/v1/endpoints${query}`, key)).list.ids;

describe('a list of endpoints', () => {
  it('is narrowed by state', async () => {
    const [active, paused, disabled] = [
      await world.endpoint(),
      await world.endpoint({ state: 'paused' }),
      await world.endpoint({ state: 'disabled' }),
    ];
    expect(await listed('?state=active')).toEqual([active]);
    expect(await listed('?state=paused')).toEqual([paused]);
    expect(await listed('?state=disabled')).toEqual([disabled]);
  });

  it('is narrowed by circuit', async () => {
    const [healthy, failing] = [await world.endpoint(), await world.endpoint()];
    const health = await world.registry.healthStore.find(failing);
    const circuit = { openUntil: world.now + 60_000, intervalMs: 60_000, releasedFor: null, probe: null };
    await world.registry.healthStore.put({ ...health, circuit, revision: health.revision + 1 }, health.revision);
    expect(await listed('?circuit=open')).toEqual([failing]);
    const probed = async (id: string) => (await world.get(`/v1/endpoints/${id}`)).body;
    expect(await probed(failing)).toMatchObject({
      health: { next_probe_at: new Date(circuit.openUntil).toISOString() },
    });
    expect(await probed(healthy)).toMatchObject({ health: { next_probe_at: null } });
    expect(await listed('?circuit=closed')).toEqual([healthy]);
    world.now += 60_001;
    expect(await listed('?circuit=half_open')).toEqual([failing]);
  });

  it('is narrowed by the part of the URL that lists show, and by no other', async () => {
    const one = await world.endpoint({ url: 'https://hooks.Example.com/s3cret-path?token=t0ken' });
    await world.endpoint({ url: 'https://other.example.net/hook' });
    expect(await listed('?url=HOOKS.example')).toEqual([one]);
    for (const hidden of ['s3cret', 't0ken', 'com/s']) expect(await listed(`?url=${hidden}`)).toEqual([]);
  });

  it('is narrowed by an event type, whatever the pattern that matches it', async () => {
    const exact = await world.endpoint({ event_types: ['order.created'] });
    const wide = await world.endpoint({ event_types: ['order.*'] });
    const all = await world.endpoint({ event_types: ['*'] });
    await world.endpoint({ event_types: ['invoice.*', 'order'] });
    expect((await listed('?type=order.created')).toSorted()).toEqual([exact, wide, all].toSorted());
    expect(await listed('?type=order.created&state=paused')).toEqual([]);
  });

  it('pages through what passes, and refuses the cursor of another filter', async () => {
    const ids: string[] = [];
    for (let at = 0; at < 7; at++) {
      ids.unshift(await world.endpoint({ state: 'paused' }));
      await world.endpoint();
    }
    const seen: string[] = [];
    let cursor = '';
    do {
      const { ids: page, next } = (await world.get(`/v1/endpoints?state=paused&limit=2${cursor}`)).list;
      seen.push(...page);
      cursor = next === null ? '' : `&cursor=${next}`;
      if (next !== null) expect((await world.get(`/v1/endpoints?state=active${cursor}`)).faults).toEqual(['cursor']);
    } while (cursor !== '');
    expect(seen).toEqual(ids);
  });

  it.each(['state=broken', 'circuit=ajar', 'url=', 'type=a..b'])('refuses %s', async (query) => {
    const reply = await world.get(`/v1/endpoints?${query}`);
    expect([reply.status, reply.faults]).toEqual([422, [query.split('=')[0]]]);
  });
});

describe('an event by its idempotency key', () => {
  const ofKey = async (query: string, key?: string) => (await world.get(`/v1/events?${query}`, key)).list.ids;

  it('is the one that its tenant published with it', async () => {
    const id = eventIdForKey('acme', 'order 4711');
    world.event([], { id, tenant: 'acme' });
    world.event([], { tenant: 'acme' });
    expect(await ofKey('tenant=acme&idempotency_key=order%204711')).toEqual([id]);
    expect(await ofKey('idempotency_key=order%204711', world.key({ tenant: 'acme', role: 'viewer' }))).toEqual([id]);
    expect(await ofKey('tenant=acme&idempotency_key=order%204712')).toEqual([]);
    expect(await ofKey('tenant=globex&idempotency_key=order%204711')).toEqual([]);
  });

  it('passes the other filters too', async () => {
    const id = eventIdForKey('default', 'k');
    const { acceptedAt } = world.event([], { id });
    const at = (ms: number) => new Date(ms).toISOString();
    expect(await ofKey('idempotency_key=k&type=order.created')).toEqual([id]);
    expect(await ofKey('idempotency_key=k&type=order.paid')).toEqual([]);
    expect(await ofKey(`idempotency_key=k&from=${at(acceptedAt)}&to=${at(acceptedAt + 1)}`)).toEqual([id]);
    expect(await ofKey(`idempotency_key=k&from=${at(acceptedAt + 1)}`)).toEqual([]);
    expect(await ofKey(`idempotency_key=k&to=${at(acceptedAt)}`)).toEqual([]);
  });

  it('cannot be asked for across tenants', async () => {
    const reply = await world.get('/v1/events?tenant=*&idempotency_key=k');
    expect([reply.status, reply.faults]).toEqual([422, ['idempotency_key']]);
  });
});

describe('the audit trail', () => {
  const actions = async (query: string) => (await world.get(`/v1/audit${query}`)).list.data.map(({ action }) => action);

  it('is narrowed by who did it and what', async () => {
    const made = await world.post('/v1/keys', { name: 'ci', role: 'admin' });
    const endpoint = await world.endpoint();
    await world.request('PATCH', `/v1/endpoints/${endpoint}`, { body: { description: 'x' }, key: made.field('key') });
    expect(await actions(`?actor=${made.field('id')}`)).toEqual(['endpoint.updated']);
    expect(await actions('?action=key.created')).toEqual(['key.created']);
    expect((await actions('?action=endpoint')).toSorted()).toEqual(['endpoint.created', 'endpoint.updated']);
    expect(await actions(`?actor=${made.field('id')}&action=key`)).toEqual([]);
    expect(await actions('?action=end')).toEqual([]);
  });

  it.each(['actor=', 'action=Endpoint', 'action=a.b.c'])('refuses %s', async (query) => {
    const reply = await world.get(`/v1/audit?${query}`);
    expect([reply.status, reply.faults]).toEqual([422, [query.split('=')[0]]]);
  });
});

describe('the key in use', () => {
  it.each(['viewer', 'producer', 'admin'] as const)('shows itself to a %s, without the key', async (role) => {
    const expiresAt = world.now + 86_400_000;
    const key = world.key({ role, tenant: 'acme', name: 'mine', expiresAt });
    const reply = await world.get('/v1/me', key);
    expect(reply.body).toMatchObject({
      id: expect.stringMatching(/^key_/),
      name: 'mine',
      role,
      tenant: 'acme',
      expires_at: new Date(expiresAt).toISOString(),
    });
    expect(reply.text).not.toContain(key);
  });
});

describe('the tenants', () => {
  const names = async (query = '', key?: string) =>
    (await world.get(`/v1/tenants${query}`, key)).body as { data: { name: string }[]; next: string | null };

  it('are those that have had an endpoint or a key, newest first', async () => {
    const endpoint = await world.endpoint({ tenant: 'acme' });
    await world.endpoint({ tenant: 'acme' });
    await world.post('/v1/keys', { name: 'n', role: 'viewer', tenant: 'globex' });
    await world.post('/v1/keys', { name: 'n', role: 'viewer' });
    world.now += 1;
    await world.endpoint();
    await world.request('DELETE', `/v1/endpoints/${endpoint}`);
    expect((await names()).data.map(({ name }) => name)).toEqual(['default', 'globex', 'acme']);
    const first = await names('?limit=2');
    expect(first.data).toHaveLength(2);
    expect((await names(`?limit=2&cursor=${first.next}`)).data).toMatchObject([{ name: 'acme' }]);
  });

  it('include those whose endpoints were created before tenants were noted, once one is changed', async () => {
    const id = await world.endpoint({ tenant: 'acme' });
    world.tenants.tenants.clear();
    await world.request('PATCH', `/v1/endpoints/${id}`, { body: { description: 'x' } });
    expect((await names()).data).toMatchObject([{ name: 'acme' }]);
  });

  it('are only its own for a key that is bound to one', async () => {
    await world.endpoint({ tenant: 'acme' });
    await world.endpoint({ tenant: 'globex' });
    const acme = world.key({ tenant: 'acme', role: 'viewer' });
    expect(await names('', acme)).toMatchObject({ data: [{ name: 'acme' }], next: null });
    expect((await names('', world.key({ tenant: 'initech', role: 'viewer' }))).data).toEqual([]);
  });
});
