import { beforeEach, describe, expect, it } from 'vitest';
import { retryPolicy } from '../../../core/retry/policy.ts';
import { ApiWorld, ENDPOINT } from '../../support/api-world.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

const secretOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
/** docs/retries.md states its values, and is held by a test. */
const DEFAULT_POLICY = retryPolicy.parse({});

describe('a created endpoint', () => {
  it('has the defaults, and its secret in this response', async () => {
    const made = await world.post('/v1/endpoints', { ...ENDPOINT, secret: secretOf(1) });
    const now = new Date(world.now).toISOString();
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`/v1/endpoints/${made.field('id')}`);
    expect(made.body).toEqual({
      id: expect.stringMatching(/^ep_/),
      tenant: 'default',
      url: 'https://example.com/hook',
      description: '',
      event_types: ['order.*'],
      filter: null,
      state: 'active',
      disabled_reason: null,
      headers: {},
      signature_profile: 'standard',
      signature: null,
      standard_headers: true,
      retry_policy: DEFAULT_POLICY,
      timeout_seconds: 15,
      rate_limit_per_second: null,
      metadata: {},
      health: { circuit: 'closed', consecutive_failures: 0, next_probe_at: null },
      created_at: now,
      updated_at: now,
      secret: secretOf(1),
    });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'keeps a header and metadata named %s, through every change',
    async (name) => {
      const given = `{"headers":{"${name}":"1","x-a":"2"},"metadata":{"${name}":"3"}`;
      const made = await world.post('/v1/endpoints', `${given},"url":"${ENDPOINT.url}","event_types":["a"]}`);
      const id = made.field('id');
      const path = `/v1/endpoints/${id}`;
      const shown = async () => {
        const { text } = await world.get(path);
        return [/"headers":(\{.*?\})/.exec(text)?.[1], /"metadata":(\{.*?\})/.exec(text)?.[1]];
      };
      const set = '"[set]"';
      expect([made.status, ...(await shown())]).toEqual([
        ...[201, `{"${name}":${set},"x-a":${set}}`],
        `{"${name}":"3"}`,
      ]);

      await world.request('PATCH', path, { body: `{"headers":{"${name}":"4","x-a":null}}` });
      expect(await shown()).toEqual([`{"${name}":${set}}`, `{"${name}":"3"}`]);
      expect((await world.get(`${path}/headers`)).text).toBe(`{"headers":{"${name}":"4"}}`);
      const audit = await world.get(`/v1/audit?object=${id}`);
      expect(audit.text).toContain(`"headers":{"${name}":"[redacted, changed]"}`);

      await world.request('PATCH', path, { body: `{"headers":{"${name}":null}}` });
      expect(await shown()).toEqual(['{}', `{"${name}":"3"}`]);
    },
  );

  it.each([
    ['{"headers":{"__proto__":1}}', 'headers.__proto__'],
    ['{"headers":{"__proto__":{"x":"y"}}}', 'headers.__proto__'],
    ['{"metadata":{"__proto__":null}}', 'metadata.__proto__'],
    ['{"metadata":["a"]}', 'metadata'],
    ['{"metadata":"a"}', 'metadata'],
    ['{"__proto__":{"url":"https://example.com"}}', '__proto__'],
  ])('is refused for %s by the invalid name', async (change, path) => {
    const whole = `${JSON.stringify(ENDPOINT).slice(0, -1)},${change.slice(1)}`;
    const reply = await world.post('/v1/endpoints', whole);
    expect([reply.status, reply.faults]).toEqual([422, [path]]);
  });

  it('does not show its secret in later responses', async () => {
    const id = await world.endpoint({ secret: secretOf(1) });
    const answers = [
      await world.get(`/v1/endpoints/${id}`),
      await world.get('/v1/endpoints'),
      await world.request('PATCH', `/v1/endpoints/${id}`, { body: { description: 'x' } }),
      await world.request('PUT', `/v1/endpoints/${id}`, { body: ENDPOINT }),
    ];
    for (const { status, text } of answers) {
      expect(status).toBe(200);
      expect(text).not.toContain('whsec_');
      expect(text).not.toContain('secret');
    }
  });

  it('quotes little of a long filter that does not parse', async () => {
    const reply = await world.post('/v1/endpoints', { ...ENDPOINT, filter: '0'.repeat(2_000) });
    expect(reply.faults).toEqual(['filter']);
    expect(reply.text.length).toBeLessThan(600);
  });

  it.each([
    ['a plain http URL', { url: 'http://example.com/x' }, 'url'],
    ['user information', { url: 'https://user:password@example.com/' }, 'url'],
    ['localhost', { url: 'https://localhost/x' }, 'url'],
    ['a short form of loopback', { url: 'https://127.1/x' }, 'url'],
    ['a mapped address of the metadata service', { url: 'https://[::ffff:169.254.169.254]/x' }, 'url'],
    ['a private address', { url: 'https://10.0.0.1/x' }, 'url'],
    ['no event types', { event_types: [] }, 'event_types'],
    ['a star within words', { event_types: ['order.*.created'] }, 'event_types.0'],
    ['a filter that does not parse', { filter: 'data.[' }, 'filter'],
    ['a negative delay', { retry_policy: { initial_delay_seconds: -1 } }, 'retry_policy.initial_delay_seconds'],
    ['NaN as a text', { retry_policy: { jitter: 'NaN' } }, 'retry_policy.jitter'],
    ['no attempts', { retry_policy: { max_attempts: 0 } }, 'retry_policy.max_attempts'],
    ['a factor below 1', { retry_policy: { backoff_factor: 0.5 } }, 'retry_policy.backoff_factor'],
    [
      'retries beyond the retention',
      {
        retry_policy: {
          initial_delay_seconds: 43_200,
          max_attempts: 50,
          backoff_factor: 1,
          jitter: 0,
          max_delay_seconds: 86_400,
        },
      },
      'retry_policy',
    ],
    ['a header that deliveries set', { headers: { 'Content-Type': 'text/plain' } }, 'headers.Content-Type'],
    [
      'a header that its profile sets',
      { signature_profile: 'stripe', headers: { 'stripe-signature': 'x' } },
      'headers.stripe-signature',
    ],
    [
      'a header that its own signature sets',
      { signature: { header: 'X-Sig' }, headers: { 'x-sig': 'x' } },
      'headers.x-sig',
    ],
    ['a header that a check needs', { signature_profile: 'svix', headers: { 'Svix-Id': 'x' } }, 'headers.Svix-Id'],
    ['a profile beside its own signature', { signature_profile: 'github', signature: { header: 'X' } }, 'signature'],
    ['no signature at all', { standard_headers: false }, 'standard_headers'],
    ['an unknown field of its signature', { signature: { header: 'X', salt: 'x' } }, 'signature.salt'],
    ['an unknown placeholder', { signature: { header: 'X', content: '{body}{key}' } }, 'signature.content'],
    ['a signature in a header of the connection', { signature_profile: 'stripe:te' }, 'signature_profile'],
    ['an unknown field', { colour: 'red' }, 'colour'],
    ['an unknown field of the policy', { retry_policy: { attempts: 3 } }, 'retry_policy.attempts'],
    ['a short secret', { secret: 'whsec_AAAA' }, 'secret'],
    ['a tenant with a space', { tenant: 'a b' }, 'tenant'],
  ])('is refused for %s', async (_, change, path) => {
    const reply = await world.post('/v1/endpoints', { ...ENDPOINT, ...change });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([422, 'application/problem+json']);
    expect(reply.faults).toEqual([path]);
    expect((await world.get('/v1/endpoints')).list.ids).toEqual([]);
  });
});

describe('lists of endpoints', () => {
  it('are paged, newest first, without gaps or duplicates while endpoints are added', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.unshift(await world.endpoint());
    const first = (await world.get('/v1/endpoints?limit=2')).list;
    await world.endpoint();
    const second = (await world.get(`/v1/endpoints?limit=2&cursor=${first.next}`)).list;
    const third = (await world.get(`/v1/endpoints?limit=2&cursor=${second.next}`)).list;
    expect([...first.ids, ...second.ids, ...third.ids]).toEqual(ids);
    expect(third.next).toBeNull();
  });

  it('may end with a full page', async () => {
    await world.endpoint();
    await world.endpoint();
    expect((await world.get('/v1/endpoints?limit=2')).list.next).toBeNull();
  });
});

describe('a merge patch', () => {
  const patch = (id: string, body: unknown) => world.request('PATCH', `/v1/endpoints/${id}`, { body });

  it('changes the given fields, merges objects, and resets nulls to defaults', async () => {
    const id = await world.endpoint({
      description: 'old',
      headers: { 'x-a': '1', 'x-b': '2' },
      rate_limit_per_second: 5,
    });
    world.now += 1000;
    const reply = await patch(id, {
      description: null,
      headers: { 'x-a': null, 'x-c': '3' },
      retry_policy: { max_attempts: 3 },
      rate_limit_per_second: null,
    });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      url: ENDPOINT.url,
      description: '',
      headers: { 'x-b': '[set]', 'x-c': '[set]' },
      retry_policy: { ...DEFAULT_POLICY, max_attempts: 3 },
      rate_limit_per_second: null,
      updated_at: new Date(world.now).toISOString(),
    });
    expect((await world.get(`/v1/endpoints/${id}`)).body).toEqual(reply.body);
  });

  it.each([
    [{ colour: 'red' }, ['colour']],
    [{ colour: null, retry_policy: { attempts: null } }, ['colour', 'retry_policy.attempts']],
    [{ url: null }, ['url']],
    [{ tenant: 'other' }, ['tenant']],
    [{ id: 'ep_1', secret: 'x' }, ['id', 'secret']],
    [{ url: 'https://10.0.0.1/' }, ['url']],
    [[], ['']],
    ['null', ['']],
  ])('%j is refused and changes nothing', async (body, faults) => {
    const id = await world.endpoint();
    const before = await world.get(`/v1/endpoints/${id}`);
    const reply = await patch(id, body);
    expect([reply.status, reply.faults.sort()]).toEqual([422, faults]);
    expect((await world.get(`/v1/endpoints/${id}`)).text).toBe(before.text);
  });

  it('pauses, disables with the reason `manual`, and activates', async () => {
    const id = await world.endpoint();
    expect((await patch(id, { state: 'paused' })).body).toMatchObject({ state: 'paused', disabled_reason: null });
    expect(world.registry.health.get(id)?.holding).not.toBeNull();
    expect((await patch(id, { state: 'disabled' })).body).toMatchObject({ disabled_reason: 'manual' });
    expect((await patch(id, { state: 'active' })).body).toMatchObject({ state: 'active', disabled_reason: null });
  });
});

describe('replacing an endpoint', () => {
  it('resets omitted fields to their defaults, and keeps identity and secret', async () => {
    const id = await world.endpoint({ description: 'old', filter: 'data.a', tenant: 'acme', secret: secretOf(1) });
    const reply = await world.request('PUT', `/v1/endpoints/${id}`, {
      body: { url: 'https://example.org/new', event_types: ['*'] },
    });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      id,
      tenant: 'acme',
      url: 'https://example.org/new',
      description: '',
      filter: null,
    });
    expect((await world.get(`/v1/endpoints/${id}/secret`)).field('secret')).toBe(secretOf(1));
  });

  it('requires the same fields as creation, and names unknown ones', async () => {
    const id = await world.endpoint();
    const reply = await world.request('PUT', `/v1/endpoints/${id}`, {
      body: { url: 'https://example.org/', health: {} },
    });
    expect([reply.status, reply.faults]).toEqual([422, ['event_types', 'health']]);
  });
});

describe('deleting an endpoint', () => {
  it('answers 204 without a body, then 404', async () => {
    const id = await world.endpoint();
    const reply = await world.request('DELETE', `/v1/endpoints/${id}`);
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect((await world.get(`/v1/endpoints/${id}`)).status).toBe(404);
    expect((await world.request('DELETE', `/v1/endpoints/${id}`)).status).toBe(404);
  });
});

describe('the signing secret', () => {
  it('is revealed only after the reveal is in the audit trail', async () => {
    const id = await world.endpoint({ tenant: 'acme', secret: secretOf(1) });
    expect((await world.get(`/v1/endpoints/${id}/secret`)).body).toEqual({
      secret: secretOf(1),
      previous: [],
      newest_alone_at: null,
    });
    expect([...world.audit.entries.values()]).toMatchObject([
      { action: 'endpoint.secret_revealed', object: id, tenant: 'acme', actor: { kind: 'api_key', name: 'test' } },
    ]);
    world.ports.audit.append = async () => {
      throw new Error('down');
    };
    const refused = await world.get(`/v1/endpoints/${id}/secret`);
    expect(refused.status).toBe(500);
    expect(refused.text).not.toContain('whsec_');
  });

  it('rotates without a body: a new secret, and the old one for a day', async () => {
    const id = await world.endpoint({ secret: secretOf(1) });
    const reply = await world.post(`/v1/endpoints/${id}/secret/rotate`);
    expect(reply.status).toBe(200);
    expect(reply.field('secret')).not.toBe(secretOf(1));
    const until = new Date(world.now + 86_400_000).toISOString();
    expect(reply.body).toMatchObject({ previous: [{ expires_at: until, signs: ['webhook-signature'] }] });
    expect((await world.get(`/v1/endpoints/${id}/secret`)).body).toEqual(reply.body);
    world.now += 86_400_000;
    expect((await world.get(`/v1/endpoints/${id}/secret`)).body).toMatchObject({ previous: [] });
  });

  it('accepts a given secret without overlap', async () => {
    const id = await world.endpoint();
    const body = { secret: secretOf(2), overlap_seconds: 0 };
    expect((await world.post(`/v1/endpoints/${id}/secret/rotate`, body)).body).toEqual({
      secret: secretOf(2),
      previous: [],
      newest_alone_at: null,
    });
    const bad = await world.post(`/v1/endpoints/${id}/secret/rotate`, { overlap: 1, secret: 'x', overlap_seconds: -1 });
    expect([bad.status, bad.faults]).toEqual([422, ['secret', 'overlap_seconds', 'overlap']]);
  });
});

describe('a test event', () => {
  it('goes only to this endpoint, and is pending until it is attempted', async () => {
    const id = await world.endpoint({ tenant: 'acme', event_types: ['other.type'] });
    const reply = await world.post(`/v1/endpoints/${id}/test`);
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({
      endpoint_id: id,
      tenant: 'acme',
      event_type: 'postrider.test',
      status: 'pending',
      attempts: [],
    });
    expect(world.sent).toMatchObject([
      { delaySeconds: 0, message: { endpointId: id, tenant: 'acme', cycle: 1, step: 1, attempt: 1, forced: true } },
    ]);
    const event = reply.field('event_id');
    const shown = await world.get(`/v1/events/${event}?include=data`);
    expect(shown.body).toMatchObject({
      id: event,
      type: 'postrider.test',
      matched_endpoints: 1,
      data: { message: expect.any(String), endpoint_id: id },
      deliveries: [{ id: reply.field('id'), status: 'pending' }],
    });
    const [sent] = world.sent;
    expect(await world.payloads.get(sent?.message.payload ?? { key: '', offset: 0, length: 0 })).toBe(
      sent?.message.payload.inline,
    );
    expect((await world.get(`/v1/deliveries/${reply.field('id')}`)).body).toEqual(reply.body);
  });

  it('carries the type, version and data that are given, as they are written, and is listed as a test', async () => {
    const id = await world.endpoint({ event_types: ['other.type'] });
    const data = '{"amount":12345678901234567890, "b":1.0}';
    const body = `{"type":"order.created","version":"2","data":${data}}`;
    const reply = await world.post(`/v1/endpoints/${id}/test`, body);
    expect([reply.status, reply.body]).toMatchObject([202, { event_type: 'postrider.test' }]);
    const text = world.sent[0]?.message.payload.inline ?? '';
    expect(JSON.parse(text)).toMatchObject({ type: 'order.created', version: '2' });
    expect(text).toContain(`"data":${data}`);
    // No replay of missing events and no filter of a list takes it for one that was published.
    expect((await world.get('/v1/events?type=order.created')).list.data).toEqual([]);
    expect((await world.get('/v1/events?type=postrider.test')).list.ids).toEqual([reply.field('event_id')]);
  });

  it('is refused if its type is no name, or its data is too large', async () => {
    const id = await world.endpoint();
    const test = (body: unknown) => world.post(`/v1/endpoints/${id}/test`, body);
    expect((await test({ type: 'a..b' })).faults).toEqual(['type']);
    expect((await test({ data: 'x'.repeat(1024 * 1024) })).status).toBe(413);
    expect((await test({ colour: 'red' })).faults).toEqual(['colour']);
    expect(world.sent).toEqual([]);
  });

  it('is refused for a disabled endpoint', async () => {
    const id = await world.endpoint({ state: 'disabled' });
    expect((await world.post(`/v1/endpoints/${id}/test`)).status).toBe(409);
    expect(world.sent).toEqual([]);
  });

  it('leaves nothing pending if it could not be sent', async () => {
    const id = await world.endpoint();
    world.ports.queue.send = async () => {
      throw new Error('SQS is away');
    };
    expect((await world.post(`/v1/endpoints/${id}/test`)).status).toBe(500);
    const { data } = (await world.get('/v1/events')).list;
    expect(data.flatMap(({ deliveries }) => deliveries)).toEqual([]);
  });
});
