import { beforeEach, describe, expect, it } from 'vitest';
import { operations } from '../../../lambdas/api/operations.ts';
import { ApiWorld, ENDPOINT } from '../../support/api-world.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

describe('paths and methods', () => {
  it('answers /healthz and /openapi.json without a key', async () => {
    const health = await world.get('/healthz', null);
    expect([health.status, health.body]).toEqual([200, { status: 'ok' }]);
    expect((await world.get('/openapi.json', null)).status).toBe(200);
    expect((await world.request('HEAD', '/healthz', { key: null })).status).toBe(200);
  });

  it('leads links to the portal, which end in a slash, to its own route', async () => {
    const reply = await world.get('/portal/', null);
    expect([reply.status, reply.headers.get('location')]).toEqual([308, '/portal']);
  });

  it.each(['/', '/portal', '/portal//', '/v1', '/v1/endpoints/', '/v1/endpoint', '/v2/events', '/v1/events/a/b'])(
    'answers %s, which is no path, with a 404 document',
    async (path) => {
      const reply = await world.get(path);
      expect([reply.status, reply.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
      expect(reply.body).toMatchObject({ type: 'urn:postrider:problem:not_found', status: 404 });
    },
  );

  it.each([
    ['PUT', '/v1/events', 'GET, HEAD, POST'],
    ['DELETE', '/v1/events/evt_1', 'GET, HEAD'],
    ['POST', '/v1/endpoints/ep_1', 'DELETE, GET, HEAD, PATCH, PUT'],
    ['GET', '/v1/endpoints/ep_1/test', 'POST'],
    ['GET', '/v1/deliveries/dlv_1/replay', 'POST'],
    ['PATCH', '/v1/keys', 'GET, HEAD, POST'],
    ['POST', '/healthz', 'GET, HEAD'],
  ])('answers %s %s with a 405 document that lists the allowed methods', async (method, path, allow) => {
    const reply = await world.request(method, path, { key: null });
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, allow]);
    expect(reply.body).toMatchObject({ type: 'urn:postrider:problem:method_not_allowed', status: 405 });
  });

  it('serves every operation except that of ingest', async () => {
    const missing: string[] = [];
    for (const { method, path, servedByIngest } of operations) {
      const { status } = await world.request(method.toUpperCase(), path.replace('{id}', 'none'));
      if (status === 405 && !servedByIngest) missing.push(`${method} ${path}`);
    }
    expect(missing).toEqual([]);
  });

  it.each(['events', 'endpoints', 'deliveries', 'keys'])(
    'takes an id of %s of another shape for unknown',
    async (list) => {
      for (const id of ['x', 'evt_', `ep_${'0'.repeat(25)}u`, '%00', '..%2f', 'a%3Fb', '__proto__']) {
        const reply = await world.get(`/v1/${list}/${id}`);
        expect([id, reply.status]).toEqual([id, 404]);
      }
    },
  );
});

describe('input', () => {
  it.each([
    ['{', 'The body is not JSON'],
    ['', 'The body is empty'],
    [' \n', 'The body is empty'],
  ])('a body of %j gets a readable 400 document', async (body, words) => {
    const reply = await world.post('/v1/endpoints', body);
    expect(reply.body).toMatchObject({ status: 400, detail: expect.stringContaining(words) });
  });

  it.each([
    ['PATCH', '/v1/endpoints/{id}', 'retry_policy'],
    ['PATCH', '/v1/endpoints/{id}', 'description'],
    ['PUT', '/v1/endpoints/{id}', 'headers'],
    ['POST', '/v1/endpoints', 'metadata'],
    ['POST', '/v1/endpoints/{id}/secret/rotate', 'secret'],
    ['POST', '/v1/keys', 'name'],
    ['PUT', '/v1/event-types/order.created', 'schema'],
    ['POST', '/v1/redrives', 'type'],
  ])('of %s %s nested 100,000 deep in %s is refused as a client error', async (method, path, member) => {
    const id = await world.endpoint();
    for (const [open, close] of [
      ['{"a":', '}'],
      ['[', ']'],
    ] as const) {
      const body = `{"${member}":${open.repeat(100_000)}1${close.repeat(100_000)}}`;
      const reply = await world.request(method, path.replace('{id}', id), { body });
      expect([reply.status, reply.text]).toEqual([422, expect.stringContaining('at most 100 levels deep')]);
    }
  });

  it('is accepted whatever its media type says', async () => {
    const headers = { authorization: `Bearer ${world.admin}`, 'content-type': 'text/plain' };
    const body = JSON.stringify(ENDPOINT);
    expect((await world.app.request('/v1/endpoints', { method: 'POST', headers, body })).status).toBe(201);
  });

  it('names unknown, duplicate and malformed query parameters', async () => {
    const faults = async (query: string) => {
      const reply = await world.get(`/v1/events?${query}`);
      return [reply.status, ...reply.faults];
    };
    expect(await faults('colour=red')).toEqual([422, 'colour']);
    expect(await faults('limit=1&limit=2')).toEqual([422, 'limit']);
    expect(await faults('__proto__=x')).toEqual([422, '__proto__']);
    for (const limit of ['0', '101', 'x', '', '1.5', '-1', 'NaN', '1e1', '0x10', '%201', '1%00', '+1', '9'.repeat(400)])
      expect(await faults(`limit=${limit}`)).toEqual([422, 'limit']);
    expect(await faults('from=yesterday&to=2026-11-22')).toEqual([422, 'from', 'to']);
    expect(await faults('tenant=a%20b')).toEqual([422, 'tenant']);
    expect((await world.get(`/v1/endpoints/${await world.endpoint()}?x=1`)).faults).toEqual(['x']);
  });
});

describe('a range that starts or ends between two milliseconds', () => {
  it('includes items before its end, and excludes items before its start', async () => {
    const id = await world.endpoint();
    const at = new Date(world.now).toISOString();
    const within = async (query: string) => (await world.get(`/v1/audit?object=${id}&${query}`)).list.ids.length;
    const after = at.replace('Z', '999Z');
    expect([await within(`from=${at}`), await within(`to=${at}`)]).toEqual([1, 0]);
    expect([await within(`from=${after}`), await within(`to=${after}`)]).toEqual([0, 1]);
  });
});

describe('a tenant that consists only of full stops', () => {
  it.each(['.', '..', '...'])('is refused wherever %s is named', async (tenant) => {
    for (const path of ['events', 'deliveries', 'audit', 'jobs', 'keys', 'endpoints']) {
      const reply = await world.get(`/v1/${path}?tenant=${tenant}`);
      expect([path, reply.status, reply.faults]).toEqual([path, 422, ['tenant']]);
    }
    for (const [path, body] of [
      ['endpoints', ENDPOINT],
      ['keys', { name: 'n', role: 'viewer' }],
      ['redrives', {}],
    ] as const) {
      const reply = await world.post(`/v1/${path}`, { ...body, tenant });
      expect([path, reply.status, reply.faults]).toEqual([path, 422, ['tenant']]);
    }
  });

  it('gets no endpoint or test event through an earlier key or endpoint', async () => {
    const id = await world.endpoint();
    const stored = world.registry.endpoints.get(id) ?? expect.fail();
    world.registry.endpoints.set(id, { ...stored, tenant: '..' });
    const key = world.key({ tenant: '..' });
    const tried = await world.request('POST', `/v1/endpoints/${id}/test`, { key });
    expect([tried.status, tried.faults]).toEqual([422, ['tenant']]);
    expect(world.eventLedger.events.size + world.payloads.objects.size).toBe(0);
    const made = await world.request('POST', '/v1/endpoints', { key, body: ENDPOINT });
    expect([made.status, made.faults]).toEqual([422, ['tenant']]);
    expect((await world.request('DELETE', `/v1/endpoints/${id}`, { key })).status).toBe(204);
  });
});

describe('a time outside the years 0000 to 9999', () => {
  const LATE = '9999-12-31T23:59:59-23:59';
  const EARLY = '0000-01-01T00:00:00+23:59';

  it.each([
    ['/v1/events', 'from'],
    ['/v1/events', 'to'],
    ['/v1/deliveries', 'from'],
    ['/v1/deliveries', 'to'],
    ['/v1/audit', 'from'],
    ['/v1/audit', 'to'],
    ['/v1/endpoints/{id}/stats', 'from'],
    ['/v1/endpoints/{id}/stats', 'to'],
  ])('is refused in the query of %s as %s; a lost plus sign is named', async (path, name) => {
    const id = await world.endpoint();
    for (const [time, words] of [
      [LATE, 'years 0000 to 9999'],
      [EARLY.replace('+', '%2B'), 'years 0000 to 9999'],
      [EARLY, '%2B'],
    ] as const) {
      const reply = await world.get(`${path.replace('{id}', id)}?${name}=${time}`);
      expect([reply.status, reply.faults, reply.text]).toEqual([422, [name], expect.stringContaining(words)]);
    }
  });

  it.each([
    ['/v1/endpoints/{id}/recover', 'since', {}],
    ['/v1/endpoints/{id}/recover', 'until', { since: '2026-11-01T00:00:00Z' }],
    ['/v1/endpoints/{id}/replay-missing', 'since', {}],
    ['/v1/endpoints/{id}/replay-missing', 'until', { since: '2026-11-01T00:00:00Z' }],
    ['/v1/redrives', 'from', {}],
    ['/v1/redrives', 'to', {}],
    ['/v1/keys', 'expires_at', { name: 'n', role: 'viewer' }],
  ])('is refused in the body of %s as %s', async (path, name, others) => {
    const id = await world.endpoint();
    for (const time of [LATE, EARLY]) {
      const reply = await world.post(path.replace('{id}', id), { ...others, [name]: time });
      expect([reply.status, reply.faults, reply.text]).toEqual([422, [name], expect.stringContaining('0000 to 9999')]);
    }
  });
});

describe('input that would have no effect', () => {
  it('in a body that is not used is refused; an empty object is accepted', async () => {
    const id = await world.endpoint();
    const job = (await world.post('/v1/redrives')).field('id');
    const test = (body?: unknown) => world.request('POST', `/v1/jobs/${job}/cancel`, { body });
    for (const body of [{ force: true }, '[]', 'null', '"x"', '{', 'é', '\0']) {
      const reply = await test(body);
      expect([body, reply.status, reply.faults]).toEqual([body, 422, ['']]);
    }
    for (const body of [undefined, '', '{}', ' { } \n']) expect((await test(body)).status).toBe(200);
    expect((await world.request('DELETE', `/v1/endpoints/${id}`, { body: { force: true } })).status).toBe(422);
    expect((await world.get(`/v1/endpoints/${id}`)).status).toBe(200);
  });

  it('such as a range that ends before it starts is refused; one of length zero is empty', async () => {
    const at = '2026-11-22T10:00:00Z';
    for (const list of ['events', 'deliveries', 'audit']) {
      const faults = async (from: string, to: string) => {
        const reply = await world.get(`/v1/${list}?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`);
        return reply.status === 200 ? reply.list.ids : reply.faults;
      };
      expect(await faults('2026-11-22T10:00:00.001Z', at)).toEqual(['from']);
      expect(await faults(at, at)).toEqual([]);
      expect(await faults(at, '2026-11-22T12:00:00+02:00')).toEqual([]);
      expect(await faults(at, '2026-11-22T12:00:00.001+02:00')).toEqual([]);
    }
  });
});

describe('a failure', () => {
  it('of storage is a 503 with Retry-After, and does not reveal its cause', async () => {
    world.ports.endpoints.list = async () => {
      throw Object.assign(new Error('secret detail'), { $metadata: {} });
    };
    const reply = await world.get('/v1/endpoints');
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '2']);
    expect(reply.text).not.toContain('secret detail');
  });

  it('on our side is a 500 document', async () => {
    world.ports.endpoints.list = async () => {
      throw new TypeError('secret detail');
    };
    const reply = await world.get('/v1/endpoints');
    expect([reply.status, reply.headers.get('content-type')]).toEqual([500, 'application/problem+json']);
    expect(reply.text).not.toContain('secret detail');
  });

  it('because of concurrent changes of the same endpoint is a 409', async () => {
    const id = await world.endpoint();
    world.ports.endpoints.put = async () => false;
    const reply = await world.request('PATCH', `/v1/endpoints/${id}`, { body: { description: 'x' } });
    expect(reply.body).toMatchObject({ status: 409 });
  });
});

describe('the log', () => {
  it('has one line per request, with the route pattern, the key that asked and no user data', async () => {
    const id = await world.endpoint();
    world.lines.length = 0;
    await world.get(`/v1/endpoints/${id}?tenant=acme`);
    await world.get('/v1/made/up');
    expect(world.lines).toEqual([
      { method: 'GET', route: '/v1/endpoints/{id}', status: 422, ms: 0, keyId: expect.stringMatching(/^key_/) },
      { method: 'GET', route: 'none', status: 404, ms: 0 },
    ]);
  });
});
