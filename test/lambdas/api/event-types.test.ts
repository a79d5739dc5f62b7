import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

const text = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } };
const put = (name: string, body: unknown, key?: string) => {
  world.now += 1;
  return world.request('PUT', `/v1/event-types/${name}`, { body, ...(key !== undefined && { key }) });
};
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('an event type', () => {
  it('is created by PUT, which returns its location, and is read as given', async () => {
    const versions = [{ version: '1', schema: text, example: { id: 'x' } }, { version: '2' }];
    const made = await put('order.created', { description: 'Placed.', versions });
    expect([made.status, made.headers.get('location')]).toEqual([201, '/v1/event-types/order.created']);
    const read = await world.get('/v1/event-types/order.created');
    expect(read.body).toEqual(made.body);
    expect(read.body).toMatchObject({
      name: 'order.created',
      description: 'Placed.',
      versions: [versions[0], { version: '2', schema: null, example: null }],
    });
  });

  it('is replaced as a whole, answering 200', async () => {
    await put('a', { description: 'Long.', versions: [{ version: '1' }] });
    const replaced = await put('a', { schema: text });
    expect([replaced.status, replaced.headers.get('location')]).toEqual([200, null]);
    expect(replaced.body).toMatchObject({ description: '', versions: [{ version: '1', schema: text }] });
    expect(await put('a', {})).toMatchObject({ body: { versions: [] } });
  });

  it('has the group that is given, and says whether it is deprecated', async () => {
    const plain = { group: null, deprecated: false };
    expect((await put('a', {})).body).toMatchObject(plain);
    const given = { group: 'Orders', deprecated: true };
    expect((await put('a', given)).body).toMatchObject(given);
    expect((await world.get('/v1/event-types/a')).body).toMatchObject(given);
    expect((await world.get('/.well-known/webhooks')).body).toMatchObject({ event_types: [given] });
    // PUT replaces all of it.
    expect((await put('a', { description: 'd' })).body).toMatchObject(plain);
  });

  it.each(['', 'x'.repeat(65), 'a\u0000', 1])('refuses the group %j', async (group) => {
    expect((await put('a', { group })).faults).toEqual(['group']);
  });

  it('has only the given versions, and one with the short form', async () => {
    expect((await put('a', {})).body).toMatchObject({ versions: [] });
    expect((await put('a', { example: 1 })).body).toMatchObject({ versions: [{ version: '1', schema: null }] });
    expect((await put('a', { version: '2026-11' })).body).toMatchObject({ versions: [{ version: '2026-11' }] });
  });

  it('is gone after deletion', async () => {
    await put('a', {});
    expect((await world.request('DELETE', '/v1/event-types/a')).status).toBe(204);
    expect((await world.get('/v1/event-types/a')).status).toBe(404);
    expect((await world.request('DELETE', '/v1/event-types/a')).status).toBe(404);
    expect((await put('a', {})).status).toBe(201);
  });

  it('is listed newest first, page by page, by a cursor of this list', async () => {
    for (const name of ['a', 'b', 'c']) await put(name, {});
    const page = z.object({ data: z.array(z.looseObject({ name: z.string() })), next: z.string().nullable() });
    const first = page.parse((await world.get('/v1/event-types?limit=2')).body);
    const second = page.parse((await world.get(`/v1/event-types?limit=2&cursor=${first.next}`)).body);
    expect([first, second].map(({ data }) => data.map(({ name }) => name))).toEqual([['c', 'b'], ['a']]);
    expect(second.next).toBeNull();
    const { next } = (await world.get('/v1/keys?limit=1')).list;
    for (const cursor of [next ?? 'none', 'x']) {
      expect((await world.get(`/v1/event-types?cursor=${cursor}`)).faults).toEqual(['cursor']);
    }
  });

  it.each(['constructor', '__proto__', 'a'.repeat(128)])('may be named %s', async (name) => {
    expect((await world.get(`/v1/event-types/${name}`)).status).toBe(404);
    expect((await put(name, {})).status).toBe(201);
    expect((await world.get(`/v1/event-types/${name}`)).body).toMatchObject({ name });
  });
});

describe('event types', () => {
  it('are readable by all but producers, and changed only by unbound admins', async () => {
    await put('a', {});
    const [viewer, producer, bound] = [
      world.key({ role: 'viewer', tenant: 'acme' }),
      world.key({ role: 'producer' }),
      world.key({ tenant: 'acme' }),
    ];
    for (const path of ['/v1/event-types', '/v1/event-types/a']) {
      const statuses = [viewer, producer, bound].map(async (key) => (await world.get(path, key)).status);
      expect(await Promise.all(statuses)).toEqual([200, 403, 200]);
    }
    for (const key of [viewer, producer, bound]) {
      expect((await put('a', {}, key)).status).toBe(403);
      expect((await world.request('DELETE', '/v1/event-types/a', { key })).status).toBe(403);
    }
  });
});

describe('bad input is refused, naming the field', () => {
  const schema = (value: unknown) => ({ versions: [{ version: '1', schema: value }] });
  it.each<[string, unknown, string[]]>([
    ['a list', [], ['']],
    ['an unknown field', { colour: 1 }, ['colour']],
    ['a long description', { description: 'x'.repeat(1025) }, ['description']],
    ['both forms', { versions: [], version: '1', schema: {} }, ['version', 'schema']],
    ['a version twice', { versions: [{ version: '1' }, { version: '1' }] }, ['versions.1.version']],
    ['a long version', { version: 'x'.repeat(33) }, ['version']],
    ['51 versions', { versions: Array.from({ length: 51 }, (_, at) => ({ version: `${at}` })) }, ['versions']],
    ['a schema that is text', schema('x'), ['versions.0.schema']],
    ['a schema that is none, in the short form', { schema: 1 }, ['schema']],
    [
      'a remote $ref',
      schema({ properties: { x: { $ref: 'http://e.com/x' } } }),
      ['versions.0.schema.properties.x.$ref'],
    ],
    ['a type of its own making', schema({ items: { minItems: -1 } }), ['versions.0.schema.items.minItems']],
    ['a schema of more than 64 KB', schema({ enum: ['x'.repeat(65_536)] }), ['versions.0.schema']],
    ['an example of more than 64 KB', { example: 'x'.repeat(65_536) }, ['example']],
    [
      'more than 256 KB in all',
      { versions: Array.from({ length: 5 }, (_, at) => ({ version: `${at}`, example: 'x'.repeat(60_000) })) },
      ['versions'],
    ],
    ['an example that does not hold', { schema: text, example: { id: 1 } }, ['example.id']],
    ['a pattern that runs forever', { schema: { pattern: '^(a+)+$' }, example: `${'a'.repeat(60)}!` }, ['example']],
  ])('%s', async (_, body, paths) => {
    const reply = await put('a', body);
    expect([reply.status, reply.faults]).toEqual([422, paths]);
    expect((await world.get('/v1/event-types/a')).status).toBe(404);
  });

  it('a number that is valid in JSON but too large for JavaScript', async () => {
    const reply = await put('a', '{"schema":{"properties":{"amount":{"maximum":1e999}}},"example":{"amount":1}}');
    expect([reply.status, reply.faults]).toEqual([422, ['schema.properties.amount.maximum']]);
    expect((await world.get('/v1/event-types/a')).status).toBe(404);
  });

  it.each(['schema', 'example'])('extreme nesting in a %s', async (field) => {
    const reply = await put('a', `{"${field}":${nested(100_000)}}`);
    expect([reply.status, reply.faults]).toEqual([422, [field]]);
  });

  it('a reserved name', async () => {
    for (const name of ['postrider', 'postrider.x']) expect((await put(name, {})).faults).toEqual(['name']);
    expect((await put('postriders', {})).status).toBe(201);
  });

  it.each(['a..b', 'a%20b', '%00', 'a'.repeat(129)])('a malformed name: %s', async (name) => {
    expect((await put(name, {})).status).toBe(404);
  });
});

describe('discovery', () => {
  const discover = (query = '') => world.get(`/.well-known/webhooks${query}`, null);

  it('shows without a key the event types, how webhooks are signed and where to register', async () => {
    await put('order.created', { description: 'Placed.', schema: text, example: { id: 'x' } });
    const reply = await discover();
    expect([reply.status, reply.headers.get('cache-control')]).toEqual([200, 'public, max-age=60']);
    expect(reply.body).toMatchObject({
      event_types: [
        {
          name: 'order.created',
          description: 'Placed.',
          versions: [{ version: '1', schema: text, example: { id: 'x' } }],
        },
      ],
      next: null,
      signature: { scheme: 'standard-webhooks', headers: { signature: 'webhook-signature' } },
      registration_url: '/v1/endpoints',
      documentation: '/openapi.json',
    });
  });

  it('reads the event types once while they are cached, and shows a change once it is acknowledged', async () => {
    let reads = 0;
    const { list } = world.eventTypes;
    world.eventTypes.list = (...given) => {
      reads += 1;
      return list(...given);
    };
    for (let at = 0; at < 10; at++) await discover();
    expect(reads).toBe(1);
    await put('a', {});
    expect((await discover()).body).toMatchObject({ event_types: [{ name: 'a' }] });
  });

  it('pages by a cursor, and refuses another', async () => {
    for (let at = 0; at < 51; at++) await put(`type.${at}`, {});
    const next = (await discover()).field('next');
    expect((await discover(`?cursor=${next}`)).body).toMatchObject({ event_types: [{ name: 'type.0' }], next: null });
    expect((await discover('?cursor=x')).faults).toEqual(['cursor']);
    expect((await discover('?limit=1')).faults).toEqual(['limit']);
  });
});

describe('the list of event types', () => {
  const names = async (query: string) => (await world.get(`/v1/event-types${query}`)).body;

  it('is narrowed by group, and by whether they are deprecated', async () => {
    await put('a', { group: 'Orders' });
    await put('b', { group: 'Orders', deprecated: true });
    await put('c', { deprecated: true });
    const named = (...all: string[]) => ({ data: all.map((name) => ({ name })), next: null });
    expect(await names('?group=Orders')).toMatchObject(named('b', 'a'));
    expect(await names('?deprecated=true')).toMatchObject(named('c', 'b'));
    expect(await names('?deprecated=false')).toMatchObject(named('a'));
    expect(await names('?group=Orders&deprecated=true')).toMatchObject(named('b'));
    expect(await names('?group=orders')).toMatchObject({ data: [] });
    expect((await world.get('/v1/event-types?deprecated=1')).faults).toEqual(['deprecated']);
  });

  it('continues after a page that the filter left empty, and only with the same filter', async () => {
    await put('a', { group: 'Orders' });
    await put('b', {});
    const first = z
      .object({ data: z.array(z.unknown()), next: z.string() })
      .parse(await names('?group=Orders&limit=1'));
    expect(first.data).toEqual([]);
    const cursor = `&limit=1&cursor=${first.next}`;
    expect(await names(`?group=Orders${cursor}`)).toMatchObject({ data: [{ name: 'a' }], next: null });
    expect((await world.get(`/v1/event-types?group=Other${cursor}`)).faults).toEqual(['cursor']);
  });
});
