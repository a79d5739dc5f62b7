import { beforeEach, describe, expect, it } from 'vitest';
import { auditEntry, SYSTEM } from '../../../core/audit/audit.ts';
import type { JsonSchema } from '../../../core/event-types/event-type.ts';
import { DAY, START } from '../../support/delivery-world.ts';
import { PLAIN } from '../../support/event-types.ts';
import { PublishingWorld } from '../../support/publishing-world.ts';

let world: PublishingWorld;
beforeEach(() => {
  world = new PublishingWorld();
});

async function register(name: string, ...schemas: JsonSchema[]): Promise<void> {
  const { eventTypes, ports } = world;
  const versions = schemas.map((schema, at) => ({ version: String(at + 1), schema, createdAt: START }));
  const { changeId } = await eventTypes.find(name);
  const entry = auditEntry({ actor: SYSTEM, action: 'event_type.updated', object: name, tenant: null }, ports);
  await eventTypes.put({ name, ...PLAIN, versions, createdAt: START, updatedAt: START }, changeId, entry);
  world.now += 1_000;
}

const withId = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } };
const good = { type: 'order.created', data: { id: 'x' } };
const bad = { type: 'order.created', data: { id: 4711 } };
const stored = () => world.events.events.size + world.payloads.objects.size + world.busEntries.length;

describe('an event of a type with a schema', () => {
  beforeEach(() => register('order.created', withId));

  it('is accepted if its data is valid, and otherwise refused, naming the field', async () => {
    await expect(world.publish(bad)).rejects.toMatchObject({
      kind: 'invalid',
      faults: [{ path: 'data.id', message: 'Use a value of type string.' }],
    });
    await expect(world.publish({ ...good, version: '2' })).rejects.toMatchObject({ faults: [{ path: 'version' }] });
    expect(stored()).toBe(0);
    await world.publish(good);
    await world.publish({ ...good, version: '1' });
    expect(world.events.events.size).toBe(2);
  });

  it('is treated alike if its type is deprecated', async () => {
    const { eventTypes } = world;
    const { eventType = expect.fail(), changeId } = await eventTypes.find('order.created');
    const entry = auditEntry(
      { actor: SYSTEM, action: 'event_type.updated', object: eventType.name, tenant: null },
      world.ports,
    );
    expect(await eventTypes.put({ ...eventType, deprecated: true }, changeId, entry)).toBe(true);
    await expect(world.publish(bad)).rejects.toMatchObject({ faults: [{ path: 'data.id' }] });
    await world.publish(good);
    expect(world.events.events.size).toBe(1);
  });

  it('if invalid, refuses its whole list, naming index and field', async () => {
    await expect(world.publish([good, bad, { type: 'other', data: 1 }, bad])).rejects.toMatchObject({
      faults: [{ path: '1.data.id' }, { path: '3.data.id' }],
    });
    expect(stored()).toBe(0);
  });

  it('is validated by the last value of a duplicate name', async () => {
    await world.publish('{"type":"order.created","data":1,"data":{"id":1,"id":"x"}}');
    await expect(world.publish('{"type":"order.created","data":{"id":"x"},"data":1}')).rejects.toThrow();
  });

  it('reports errors of the envelope before errors of its data', async () => {
    await expect(world.publish({ ...bad, colour: 'red' })).rejects.toMatchObject({ faults: [{ path: 'colour' }] });
  });
});

describe('an event that was accepted before its type had a schema', () => {
  it('is acknowledged again when it is repeated', async () => {
    const [first] = await world.publish(bad, 'k');
    await register('order.created', withId);
    expect(await world.publish(bad, 'k')).toEqual([{ ...first, duplicate: true }]);
    await expect(world.publish(bad)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(world.publish(bad, 'another')).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('still conflicts with a different body', async () => {
    await world.publish(bad, 'k');
    await register('order.created', withId);
    await expect(world.publish({ ...bad, data: { id: 4712 } }, 'k')).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('passes in a list, and the rest of the list is validated', async () => {
    const keyed = (data: unknown, key: string) => ({ type: 'order.created', data, idempotency_key: key });
    await world.publish([keyed({ id: 1 }, 'a'), keyed({ id: 2 }, 'b')]);
    await register('order.created', withId);
    const again = await world.publish([keyed({ id: 1 }, 'a'), keyed({ id: 'x' }, 'c'), keyed({ id: 2 }, 'b')]);
    expect(again.map(({ duplicate }) => duplicate)).toEqual([true, false, true]);
    await expect(world.publish([keyed({ id: 1 }, 'a'), keyed({ id: 3 }, 'd')])).rejects.toMatchObject({
      faults: [{ path: '1.data.id' }],
    });
  });

  it('is a new one when it has expired', async () => {
    await world.publish(bad, 'k');
    world.now += 31 * DAY;
    await register('order.created', withId);
    await expect(world.publish(bad, 'k')).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('an invalid schema, stored under earlier rules', () => {
  beforeEach(() => register('order.created', { maximum: Number.POSITIVE_INFINITY }));

  it('refuses its events, naming them and what to do', async () => {
    await expect(world.publish([{ type: 'other', data: 1 }, good])).rejects.toMatchObject({
      kind: 'invalid',
      faults: [{ path: '1.data', message: expect.stringContaining('PUT /v1/event-types') }],
    });
    expect(stored()).toBe(0);
  });

  it('refuses none once it is replaced', async () => {
    await world.publish(good).catch(() => undefined);
    world.now -= 1_000;
    await register('order.created', withId);
    world.now -= 1_000;
    await world.publish(good);
  });
});

describe('hostile data', () => {
  const deep = (levels: number) => `{"type":"order.created","data":${'['.repeat(levels)}${']'.repeat(levels)}}`;

  it('nested as deeply as possible is accepted without a schema, and refused with a message with one', async () => {
    await world.publish(deep(500_000));
    await register('order.created', { items: { $ref: '#' } });
    await expect(world.publish(deep(500_000))).rejects.toMatchObject({ kind: 'invalid', faults: [{ path: 'data' }] });
    await expect(world.publish('['.repeat(1024 * 1024))).rejects.toMatchObject({ kind: 'malformed' });
    await world.publish(deep(10));
  });

  it('that makes a pattern run forever is refused within the time limit, and the container continues', async () => {
    await register('order.created', { pattern: '^(a+)+$' });
    const began = performance.now();
    await expect(world.publish({ type: 'order.created', data: `${'a'.repeat(60)}!` })).rejects.toMatchObject({
      kind: 'invalid',
      faults: [{ path: 'data', message: expect.stringContaining('too long') }],
    });
    expect(performance.now() - began).toBeLessThan(5_000);
    await world.publish({ type: 'order.created', data: 'aaa' });
  });

  it('may use names of JavaScript such as __proto__', async () => {
    await register('order.created', {
      type: 'object',
      required: ['toString'],
      additionalProperties: { type: 'string' },
    });
    await expect(world.publish('{"type":"order.created","data":{}}')).rejects.toMatchObject({
      faults: [{ path: 'data.toString' }],
    });
    await world.publish('{"type":"order.created","data":{"toString":"x","__proto__":"y","constructor":"z"}}');
  });
});
