import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { UNKNOWN_FIELD } from '../../../core/validate.ts';
import { DAY, START } from '../../support/delivery-world.ts';
import { PRODUCER, PublishingWorld } from '../../support/publishing-world.ts';

let world: PublishingWorld;
beforeEach(() => {
  world = new PublishingWorld();
});

const AWKWARD = '{"n":12345678901234567890,"f":1.10,"k":{"b":1,"a":2},"s":"\\u00e9\\u2028"}';
const bodies = () => [...world.payloads.objects.values()].map((bytes) => bytes.toString());

describe('one event', () => {
  it('is stored, recorded and put on the bus before it is accepted, its data as written', async () => {
    const [published] = await world.publish(`{"type":"order.created", "data": ${AWKWARD} }`);

    const envelope = `{"id":"${published?.id}","type":"order.created","timestamp":"2026-11-22T10:00:00.000Z","data":${AWKWARD}}`;
    expect(published).toMatchObject({ duplicate: false });
    expect(bodies()).toEqual([envelope]);
    expect(world.busEntries).toMatchObject([{ tenant: 'default', events: [{ payload: { inline: envelope } }] }]);
    expect(world.events.events.get(published?.id ?? '')).toMatchObject({
      acceptedAt: START,
      sizeBytes: envelope.length,
    });
  });

  it('is stored under a name that ends in the SHA-256 of its bytes', async () => {
    await world.publish({ type: 'a', data: 1 });
    for (const [key, bytes] of world.payloads.objects) {
      expect(key.split('/').at(-1)).toBe(createHash('sha256').update(bytes).digest('hex'));
    }
  });

  it('omits fields that the producer omitted, and keeps those it gave', async () => {
    const given = { metadata: { correlation_id: 'c1' }, resource_url: 'https://api.example.com/o/1', version: '2' };
    await world.publish({ type: 'a', data: null, ...given, timestamp: '2026-11-22T11:00:00+01:00' });
    expect(JSON.parse(bodies()[0] ?? '')).toMatchObject({
      ...given,
      data: null,
      timestamp: '2026-11-22T10:00:00.000Z',
    });
  });

  it.each(['__proto__', 'constructor', 'toString'])('keeps metadata named %s', async (name) => {
    const metadata = `{"${name}":"v","b":"w"}`;
    const [published] = await world.publish(`{"type":"${name}","data":1,"metadata":${metadata}}`);
    expect(bodies()[0]).toContain(`"metadata":${metadata}`);
    expect(JSON.stringify(world.events.events.get(published?.id ?? '')?.metadata)).toBe(metadata);
    const other = world.publish(`{"type":"${name}","data":1,"metadata":{"${name}":"other","b":"w"}}`, 'k');
    await other;
    await expect(world.publish(`{"type":"${name}","data":1,"metadata":${metadata}}`, 'k')).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  it('travels by reference if it is too large for one message', async () => {
    await world.publish({ type: 'a', data: 'x'.repeat(100_000) });
    const [event] = world.busEntries[0]?.events ?? [];
    expect(event?.payload.inline).toBeUndefined();
    expect(await world.payloads.get(event?.payload ?? expect.fail('nothing announced'))).toContain('xxx');
  });

  it.each([undefined, 'k'])(
    '(key %s) is not a duplicate of itself if the SDK repeats a put whose response was lost',
    async (key) => {
      const { create } = world.events;
      world.events.create = async (event) => {
        await create(event);
        return create(event);
      };
      expect(await world.publish({ type: 'a', data: 1 }, key)).toMatchObject([{ duplicate: false }]);
      expect(world.busEntries[0]?.events[0]?.repeat).toBeUndefined();
    },
  );

  it('is put on the bus again if the bus did not accept it', async () => {
    world.busRefusals = 2;
    await world.publish({ type: 'a', data: 1 });
    expect(world.busEntries).toHaveLength(1);
  });

  it('is refused as unavailable if the bus never accepts it, and completed by the same request', async () => {
    world.busRefusals = 99;
    const request = () => world.publish({ type: 'a', data: 1 }, 'k');
    await expect(request()).rejects.toMatchObject({ kind: 'unavailable', retryAfterSeconds: 1 });
    world.busRefusals = 0;
    expect(await request()).toMatchObject([{ duplicate: true }]);
    expect(world.busEntries).toMatchObject([{ events: [{ repeat: true }] }]);
  });
});

describe('an idempotency key', () => {
  const event = { type: 'order.created', data: { a: 1 } };

  it('returns the same event when repeated, with identical bytes', async () => {
    const [first] = await world.publish(event, 'k');
    world.now += 60_000;
    const [second] = await world.publish({ ...event, idempotency_key: 'k' });
    expect(second).toEqual({ ...first, duplicate: true });
    const inline = world.busEntries.map(({ events }) => events[0]?.payload.inline);
    expect(inline[0]).toBe(inline[1]);
    expect(world.busEntries[1]?.events[0]).toMatchObject({ repeat: true, acceptedAt: START });
  });

  it('used 50 times concurrently creates one event', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => world.publish(event, 'k')));
    expect(new Set(all.flat().map(({ id }) => id)).size).toBe(1);
    expect(all.flat().filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(world.busEntries.filter(({ events }) => !events[0]?.repeat)).toHaveLength(1);
  });

  it.each([
    ['another body', { ...event, data: { a: 2 } }],
    ['the same body, written otherwise', '{"type":"order.created","data":{"a": 1}}'],
    ['another type', { ...event, type: 'order.updated' }],
    ['a time given', { ...event, timestamp: '2026-11-22T10:00:00Z' }],
  ])('with %s is a conflict, and the accepted event stays unchanged', async (_, other) => {
    await world.publish(event, 'k');
    const before = new Map(world.events.events);
    await expect(world.publish(other, 'k')).rejects.toMatchObject({ kind: 'conflict' });
    expect(world.events.events).toEqual(before);
    expect(world.busEntries).toHaveLength(1);
  });

  it('belongs to its tenant', async () => {
    const [one] = await world.publish({ ...event, tenant: 'a' }, 'k');
    const [other] = await world.publish({ ...event, tenant: 'b', data: 2 }, 'k');
    expect(one?.id).not.toBe(other?.id);
  });

  it('is forgotten when its event has expired', async () => {
    await world.publish(event, 'k');
    world.now += 31 * DAY;
    expect(await world.publish({ ...event, data: 2 }, 'k')).toMatchObject([{ duplicate: false }]);
  });

  it('completes a request that crashed before its payload was stored', async () => {
    const { put } = world.payloads;
    world.payloads.put = () => Promise.reject(new Error('S3 is away'));
    await expect(world.publish(event, 'k')).rejects.toThrow();
    world.payloads.put = put;
    world.now += 5_000;
    await world.publish(event, 'k');
    const stored = [...world.events.events.values()][0] ?? expect.fail('no event');
    expect(JSON.parse(await world.payloads.get(stored.payload))).toMatchObject({
      timestamp: '2026-11-22T10:00:00.000Z',
    });
  });
});

describe('a list of events', () => {
  const list = (count: number) => Array.from({ length: count }, (_, at) => ({ type: 'a', data: at }));

  it('is accepted in order, in one object and as few bus entries as possible', async () => {
    const published = await world.publish(list(100));
    expect(published).toHaveLength(100);
    expect(world.payloads.objects.size).toBe(1);
    expect(world.busEntries).toHaveLength(1);
    for (const [at, { id }] of published.entries()) {
      const { payload } = world.events.events.get(id) ?? expect.fail('missing');
      expect(JSON.parse(await world.payloads.get(payload))).toMatchObject({ id, data: at });
    }
  });

  it('is put on the bus by tenant', async () => {
    await world.publish([
      { type: 'a', data: 1, tenant: 'x' },
      { type: 'a', data: 2, tenant: 'y' },
    ]);
    expect(world.busEntries.map(({ tenant }) => tenant).sort()).toEqual(['x', 'y']);
  });

  it('completes an earlier list with the same keys', async () => {
    const keyed = list(3).map((event, at) => ({ ...event, idempotency_key: `k${at}` }));
    world.payloads.put = () => Promise.reject(new Error('S3 is away'));
    await expect(world.publish(keyed)).rejects.toThrow();
    world.payloads.put = async (key, body) => void world.payloads.objects.set(key, Buffer.from(body));
    world.now += 1_000;
    const published = await world.publish(keyed.slice(1));
    expect(published.every(({ duplicate }) => duplicate)).toBe(true);
    for (const { id } of published) {
      const { payload } = world.events.events.get(id) ?? expect.fail('missing');
      expect(JSON.parse(await world.payloads.get(payload))).toMatchObject({ id });
    }
  });

  it('is refused whole when a key conflicts, naming the index', async () => {
    await world.publish({ type: 'a', data: 0 }, 'k');
    const events = [
      { type: 'a', data: 1 },
      { type: 'a', data: 2, idempotency_key: 'k' },
    ];
    await expect(world.publish(events)).rejects.toMatchObject({
      kind: 'conflict',
      faults: [{ path: '1.idempotency_key' }],
    });
    expect(world.events.events.size).toBe(1);
  });
});

describe('bad input stores nothing and names the field', () => {
  const ok = { type: 'a', data: 1 };
  it.each([
    ['not JSON', '{"type":', 'malformed', ''],
    ['a text', '"x"', 'invalid', ''],
    ['an unknown field', { ...ok, extra: 1 }, 'invalid', 'extra'],
    ['an empty type', { ...ok, type: '' }, 'invalid', 'type'],
    ['a type with a space', { ...ok, type: 'a b' }, 'invalid', 'type'],
    ['nine words', { ...ok, type: 'a.b.c.d.e.f.g.h.i' }, 'invalid', 'type'],
    ['a reserved type', { ...ok, type: 'postrider.x' }, 'invalid', 'type'],
    ['a number for a type', { ...ok, type: 1 }, 'invalid', 'type'],
    ['no data', { type: 'a' }, 'invalid', 'data'],
    ['a tenant with a slash', { ...ok, tenant: 'a/b' }, 'invalid', 'tenant'],
    ['the tenant ..', { ...ok, tenant: '..' }, 'invalid', 'tenant'],
    ['a tenant of 64 full stops', { ...ok, tenant: '.'.repeat(64) }, 'invalid', 'tenant'],
    ['a time of its own making', { ...ok, timestamp: 'yesterday' }, 'invalid', 'timestamp'],
    ['a time after 9999', { ...ok, timestamp: '9999-12-31T23:59:59-23:59' }, 'invalid', 'timestamp'],
    ['a time before 0000', { ...ok, timestamp: '0000-01-01T00:00:00+23:59' }, 'invalid', 'timestamp'],
    ['a relative URL', { ...ok, resource_url: '/x' }, 'invalid', 'resource_url'],
    ['a URL with a line break after it', { ...ok, resource_url: 'https://a.example/\r\n' }, 'invalid', 'resource_url'],
    ['a metadata number', { ...ok, metadata: { a: 1 } }, 'invalid', 'metadata.a'],
    ['a control character in a key', { ...ok, idempotency_key: 'a\u0000' }, 'invalid', 'idempotency_key'],
    ['an empty list', [], 'invalid', ''],
    ['101 events', Array.from({ length: 101 }, () => ok), 'invalid', ''],
    ['one bad of 100', [...Array.from({ length: 99 }, () => ok), { ...ok, type: '' }], 'invalid', '99.type'],
    [
      'a key twice',
      [
        { ...ok, idempotency_key: 'k' },
        { ...ok, idempotency_key: 'k' },
      ],
      'invalid',
      '1.idempotency_key',
    ],
    ['an event of 1 MiB and a byte', `{"type":"a","data":"${'x'.repeat(1024 * 1024 - 20)}"}`, 'too_large', ''],
    ['a request of 3 MiB', JSON.stringify([ok]).padEnd(3 * 1024 * 1024), 'too_large', undefined],
  ])('%s', async (_, body, kind, path) => {
    const faults = path === undefined ? [] : [{ path }];
    await expect(world.publish(body)).rejects.toMatchObject({ kind, faults });
    expect(world.events.events.size + world.payloads.objects.size + world.busEntries.length).toBe(0);
  });

  it('130,000 unknown fields, reporting 100', async () => {
    // Names of three characters: as many as an event has room for.
    const char = (at: number) => String.fromCharCode(0x23 + (at % 57));
    const names = Array.from({ length: 130_000 }, (_, at) => char(at / 3249) + char(at / 57) + char(at));
    const publishing = world.publish({ ...ok, ...Object.fromEntries(names.map((name) => [name, 1])) });
    const refusal = await publishing.catch((fault: unknown) => fault);
    expect(refusal).toMatchObject({ kind: 'invalid', faults: { length: 100, 0: { message: UNKNOWN_FIELD } } });
  });

  it.each(['..', '.'])('the tenant %s of a key created when that was a valid name', async (tenant) => {
    const publishing = world.publish([ok, ok], undefined, { ...PRODUCER, tenant });
    await expect(publishing).rejects.toMatchObject({ kind: 'invalid', faults: [{ path: '0.tenant' }] });
    expect(world.events.events.size + world.payloads.objects.size + world.busEntries.length).toBe(0);
  });

  it.each(['.a', 'a..b', 'a.', '-', '_', '...-'])('and accepts the tenant %s', async (tenant) => {
    await world.publish({ ...ok, tenant });
    expect(world.busEntries).toMatchObject([{ tenant }]);
  });

  it('accepts an event of exactly 1 MiB', async () => {
    const frame = '{"type":"a","data":""}'.length;
    await world.publish(`{"type":"a","data":"${'x'.repeat(1024 * 1024 - frame)}"}`);
    expect(world.events.events.size).toBe(1);
  });

  it('refuses the header with a list, and two different keys', async () => {
    await expect(world.publish([ok], 'k')).rejects.toMatchObject({ faults: [{ path: 'Idempotency-Key' }] });
    const both = world.publish({ ...ok, idempotency_key: 'other' }, 'k');
    await expect(both).rejects.toMatchObject({ faults: [{ path: 'idempotency_key' }] });
  });

  it('refuses a tenant other than that of the key', async () => {
    const bound = { ...PRODUCER, tenant: 'acme' };
    await expect(world.publish({ ...ok, tenant: 'other' }, undefined, bound)).rejects.toMatchObject({
      kind: 'forbidden',
    });
    await world.publish(ok, undefined, bound);
    expect(world.busEntries).toMatchObject([{ tenant: 'acme' }]);
  });
});
