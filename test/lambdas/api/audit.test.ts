import { beforeEach, describe, expect, it } from 'vitest';
import { flushPendingEntries } from '../../../core/audit/flush.ts';
import { ApiWorld, ENDPOINT } from '../../support/api-world.ts';
import { aRun } from '../../support/task-run.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

const flush = () =>
  flushPendingEntries(aRun(world.now), {
    audit: world.ports.audit,
    pendingEntries: world.ports.pendingEntries,
  });
const audit = async (query = '', key?: string) => (await world.get(`/v1/audit${query}`, key)).list;
const actions = async (query = '', key?: string) => (await audit(query, key)).data.map(({ action }) => action);

/** An endpoint with some history. The clock advances, so that entries have an order. */
async function anEndpointWithALife(tenant: string): Promise<string> {
  const id = await world.endpoint({ tenant, headers: { authorization: 'Bearer hush' } });
  const path = `/v1/endpoints/${id}`;
  const requests: [string, string, unknown?][] = [
    ['PATCH', path, { description: 'new' }],
    ['PUT', path, { ...ENDPOINT, timeout_seconds: 3 }],
    ['POST', `${path}/secret/rotate`],
    ['GET', `${path}/secret`],
    ['GET', `${path}/headers`],
    ['POST', `${path}/test`],
    ['POST', `${path}/recover`, { since: '2026-11-22T09:00:00Z' }],
    ['DELETE', path],
  ];
  for (const [method, at, body] of requests) {
    world.now += 1;
    const reply = await world.request(method, at, { body });
    expect([method, at, reply.status < 300]).toEqual([method, at, true]);
    world.now += 1;
  }
  return id;
}

const LIFE = [
  'endpoint.deleted',
  'endpoint.updated',
  'endpoint.tested',
  'endpoint.headers_revealed',
  'endpoint.secret_revealed',
  'endpoint.secret_rotated',
  'endpoint.updated',
  'endpoint.updated',
  'endpoint.created',
];

describe('the audit trail', () => {
  it('shows all changes of an endpoint, newest first, before, during and after the scheduled copy', async () => {
    const id = await anEndpointWithALife('acme');
    for (let ticks = 0; ticks < 3; ticks++) {
      const [last, beforeLast, ...others] = await actions(`?object=${id}`);
      // A deletion disables first, in the same millisecond.
      expect([...[last, beforeLast].toSorted(), ...others]).toEqual(LIFE);
      expect((await actions('?tenant=acme')).toSorted()).toEqual([...LIFE, 'job.created'].toSorted());
      await flush();
    }
    expect(world.audit.pendingEntries).toEqual([]);
  });

  it('shows each entry as documented', async () => {
    const id = await world.endpoint({ tenant: 'acme' });
    world.now += 1;
    await world.request('PATCH', `/v1/endpoints/${id}`, { body: { state: 'paused' } });
    const [updated] = (await audit(`?object=${id}`)).data;
    expect(updated).toEqual({
      id: expect.stringMatching(/^aud_/),
      at: new Date(world.now).toISOString(),
      actor: { kind: 'api_key', id: expect.stringMatching(/^key_/), name: 'test' },
      action: 'endpoint.updated',
      object: id,
      tenant: 'acme',
      before: { state: 'active' },
      after: { state: 'paused' },
    });
  });

  it('never holds a secret, a header value or a key', async () => {
    const id = await anEndpointWithALife('acme');
    const made = await world.post('/v1/keys', { name: 'k', role: 'viewer' });
    await world.request('DELETE', `/v1/keys/${made.field('id')}`);
    const text = (await world.get('/v1/audit?tenant=*&limit=100')).text;
    expect(text).toContain(id);
    expect(text).toContain('key.revoked');
    expect(text).not.toMatch(/hush|whsec_|wrappedKey|nonce/);
    expect(text).not.toContain(made.field('key'));
  });

  it('shows jobs, replays and keys', async () => {
    const endpoint = await world.endpoint({ tenant: 'acme' });
    const delivery = world.delivery(world.event([endpoint], { tenant: 'acme' }), endpoint);
    const done: [string, string, unknown?][] = [
      ['POST', `/v1/deliveries/${delivery}/replay`],
      ['POST', '/v1/redrives', { tenant: 'acme', type: 'order.created' }],
    ];
    for (const [method, path, body] of done) {
      world.now += 1;
      expect((await world.request(method, path, { body })).status).toBe(202);
    }
    const [job] = [...world.jobs.jobs.values()];
    world.now += 1;
    await world.post(`/v1/jobs/${job?.id}/cancel`);
    await world.post(`/v1/jobs/${job?.id}/cancel`);
    expect(await actions('?tenant=acme')).toEqual([
      'job.cancelled',
      'job.created',
      'delivery.replayed',
      'endpoint.created',
    ]);
    expect((await audit(`?object=${job?.id}`)).data).toMatchObject([
      { before: { status: 'running' }, after: { status: 'cancelled' } },
      { before: null, after: { kind: 'redrive', endpoint_id: null, type: 'order.created', from: null } },
    ]);
    expect(await actions(`?object=${delivery}`)).toEqual(['delivery.replayed']);
  });

  it('has no entry for a refused request', async () => {
    const id = await world.endpoint({ tenant: 'acme', state: 'disabled' });
    const delivery = world.delivery(world.event([id], { tenant: 'acme' }), id);
    const before = await actions('?tenant=*');
    const refused: [string, string, unknown?][] = [
      ['POST', `/v1/endpoints/${id}/test`],
      ['POST', `/v1/endpoints/${id}/recover`, { since: '2026-11-22T09:00:00Z' }],
      ['POST', `/v1/deliveries/${delivery}/replay`],
      ['POST', '/v1/redrives', { from: '2099-01-01T00:00:00Z' }],
      ['PATCH', `/v1/endpoints/${id}`, { url: 'ftp://example.com' }],
      ['POST', '/v1/keys', { name: 'k', role: 'viewer', expires_at: '2020-01-01T00:00:00Z' }],
    ];
    for (const [method, path, body] of refused) {
      const { status } = await world.request(method, path, { body });
      expect([method, path, status >= 400 && status < 500]).toEqual([method, path, true]);
    }
    expect(await actions('?tenant=*')).toEqual(before);
  });

  it.each([
    ['a reveal', 'GET', '/secret'],
    ['a test', 'POST', '/test'],
  ])('is written before the action: without the entry there is no %s', async (_, method, path) => {
    const id = await world.endpoint();
    world.ports.audit.append = () => Promise.reject(new Error('down'));
    const reply = await world.request(method, `/v1/endpoints/${id}${path}`);
    expect(reply.status).toBe(500);
    expect(reply.text).not.toContain('whsec_');
    expect([world.sent, world.eventLedger.events.size]).toEqual([[], 0]);
  });
});

describe('the scope of the audit', () => {
  let acme: string;
  beforeEach(async () => {
    acme = world.key({ tenant: 'acme' });
    for (const tenant of ['acme', 'globex', 'default']) await world.endpoint({ tenant });
    world.now += 1;
    await world.post('/v1/keys', { name: 'of all', role: 'viewer', tenant: null });
    world.now += 1;
    await world.post('/v1/keys', { name: 'of acme', role: 'viewer', tenant: 'acme' });
  });

  const tenants = async (query: string, key?: string) => (await audit(query, key)).data.map(({ tenant }) => tenant);

  it.each([false, true])(
    'is the tenant named, or all; what belongs to none stands with the default (flushed: %s)',
    async (isFlushed) => {
      for (let tick = 0; isFlushed && tick < 2; tick++) await flush();
      expect(await tenants('')).toEqual([null, 'default']);
      expect(await tenants('?tenant=default')).toEqual([null, 'default']);
      expect(await tenants('?tenant=acme')).toEqual(['acme', 'acme']);
      expect(await tenants('?tenant=*')).toEqual(['acme', null, 'default', 'globex', 'acme']);
    },
  );

  it.each([false, true])('is its own tenant for a bound key (copied: %s)', async (isFlushed) => {
    for (let tick = 0; isFlushed && tick < 2; tick++) await flush();
    const [ofGlobex] = (await audit('?tenant=globex')).data;
    expect(await tenants('', acme)).toEqual(['acme', 'acme']);
    expect(await tenants(`?object=${ofGlobex?.object}`, acme)).toEqual([]);
    for (const tenant of ['globex', 'default', '*']) {
      expect((await world.get(`/v1/audit?tenant=${tenant}`, acme)).status).toBe(403);
    }
    const bound = world.key({ tenant: 'default' });
    expect(await tenants('', bound)).toEqual(['default']);
  });

  it('is any tenant if an unbound key names an object, unless the query says otherwise', async () => {
    const [ofGlobex] = (await audit('?tenant=globex')).data;
    expect(await tenants(`?object=${ofGlobex?.object}`)).toEqual(['globex']);
    expect(await tenants(`?object=${ofGlobex?.object}&tenant=acme`)).toEqual([]);
  });

  it('is for admins', async () => {
    for (const role of ['viewer', 'producer'] as const) {
      expect((await world.get('/v1/audit', world.key({ role }))).status).toBe(403);
    }
  });
});

describe('pages of the audit', () => {
  it.each([1, 2, 3, 100])('contain every entry once, wherever it is stored, %i at a time', async (limit) => {
    const ids: string[] = [];
    for (let count = 0; count < 12; count++) {
      ids.unshift(await world.endpoint({ tenant: count % 3 === 0 ? 'globex' : 'acme' }));
      // Some copied and released, some copied, some pending.
      if (count === 4 || count === 5 || count === 8) await flush();
    }
    for (const [query, expected] of [
      ['tenant=*', ids],
      ['tenant=acme', ids.filter((_, at) => (11 - at) % 3 !== 0)],
    ] as const) {
      const objects: unknown[] = [];
      let cursor = '';
      do {
        const page = await audit(`?${query}&limit=${limit}${cursor}`);
        objects.push(...page.data.map(({ object }) => object));
        expect(page.data.length).toBeLessThanOrEqual(limit);
        cursor = page.next === null ? '' : `&cursor=${page.next}`;
        // Entries move while the list is read.
        if (limit === 2) await flush();
      } while (cursor !== '');
      expect(objects).toEqual(expected);
    }
  });

  it('are limited by a time range: from inclusive, to exclusive', async () => {
    const at: string[] = [];
    for (let count = 0; count < 4; count++) {
      await world.endpoint();
      at.push(new Date(world.now).toISOString());
      if (count === 1) await flush();
    }
    const times = (await audit(`?from=${at[1]}&to=${at[3]}`)).data.map((entry) => entry.at);
    expect(times).toEqual([at[2], at[1]]);
    expect((await world.get(`/v1/audit?from=${at[3]}&to=${at[1]}`)).faults).toEqual(['from']);
  });

  it('refuse the cursor of another query', async () => {
    for (let count = 0; count < 3; count++) await world.endpoint({ tenant: 'acme' });
    const { next, data } = await audit('?tenant=acme&limit=1');
    for (const query of [
      'tenant=default',
      'tenant=*',
      `tenant=acme&object=${data[0]?.object}`,
      'tenant=acme&from=2026-01-01T00:00:00Z',
    ]) {
      const reply = await world.get(`/v1/audit?${query}&cursor=${next}`);
      expect([query, reply.status, reply.faults]).toEqual([query, 422, ['cursor']]);
    }
    const bound = world.key({ tenant: 'acme' });
    expect((await world.get(`/v1/audit?cursor=${next}`, bound)).status).toBe(422);
  });

  it.each(['object=ep_1!', 'object=', 'object=a..b', 'from=yesterday', 'tenant=a/b', 'by=me'])(
    'are refused for %s, which is named',
    async (query) => {
      const reply = await world.get(`/v1/audit?${query}`);
      expect([reply.status, reply.faults]).toEqual([422, [query.split('=')[0]]]);
    },
  );

  it('may be filtered by event type', async () => {
    expect((await world.get('/v1/audit?object=order.created')).status).toBe(200);
  });
});
