import { beforeEach, describe, expect, it } from 'vitest';
import { createSchemaChecker } from '../../../adapters/ajv/schema-checker.ts';
import { createDataValidator, type ValidateData } from '../../../core/event-types/data-validator.ts';
import type { EventType, JsonSchema } from '../../../core/event-types/event-type.ts';
import { CACHE_MS } from '../../../core/event-types/event-type-cache.ts';
import { START } from '../../support/delivery-world.ts';
import { PLAIN } from '../../support/event-types.ts';

let now: number;
let eventTypes: Map<string, EventType>;
let reads: string[][];
let guard: ValidateData;
beforeEach(() => {
  now = START;
  eventTypes = new Map();
  reads = [];
  const read = async (names: string[]) => {
    reads.push(names);
    return new Map([...eventTypes].filter(([name]) => names.includes(name)));
  };
  const schemas = createSchemaChecker({ preparation: 10_000, check: 10_000, details: 10_000 });
  guard = createDataValidator({ eventTypes: { read }, schemas, clock: () => now });
});

function register(name: string, ...schemas: (JsonSchema | null)[]): void {
  const versions = schemas.map((schema, at) => ({
    version: String(at + 1),
    ...(schema !== null && { schema }),
    createdAt: START,
  }));
  eventTypes.set(name, { name, ...PLAIN, versions, createdAt: START, updatedAt: START });
}

const text = { type: 'object', properties: { a: { type: 'string' } } };
const pathsOf = async (...events: Parameters<ValidateData>[0]) =>
  (await guard(events)).map((faults) => faults.map(({ path }) => path).join());

describe('the validation of an event', () => {
  it('finds nothing if the type, or a schema for the version, is missing', async () => {
    register('described');
    register('loose', text, null);
    expect(
      await pathsOf(
        { type: 'unknown', version: '9', data: 1 },
        { type: 'described', version: '9', data: 1 },
        { type: 'loose', data: { a: 1 } },
        { type: '__proto__', data: 1 },
      ),
    ).toEqual(['', '', '', '']);
  });

  it('uses the schema of the version that it names, or of the latest', async () => {
    register('a', text, { type: 'object', properties: { a: { type: 'number' } } });
    expect(await pathsOf({ type: 'a', data: { a: 'x' } }, { type: 'a', version: '1', data: { a: 'x' } })).toEqual([
      'data.a',
      '',
    ]);
  });

  it('refuses an unknown version, and lists the known ones', async () => {
    register('a', text, text);
    expect(await guard([{ type: 'a', version: '3', data: {} }])).toEqual([
      [{ path: 'version', message: 'Unknown version of this event type: use one of 1, 2.' }],
    ]);
  });

  it('reports at most 20 errors', async () => {
    register('a', { additionalProperties: { type: 'string' } });
    const data = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`${at}`, 1]));
    expect((await guard([{ type: 'a', data }]))[0]).toHaveLength(20);
  });
});

describe('the event types in a warm container', () => {
  it('are read once while they are cached, whether a type exists or not', async () => {
    register('a', text);
    const request = () => pathsOf({ type: 'a', data: {} }, { type: 'b', data: 1 }, { type: 'a', data: {} });
    await request();
    now += CACHE_MS - 1;
    await request();
    expect(reads).toEqual([['a', 'b']]);
    now += 1;
    await request();
    expect(reads).toHaveLength(2);
  });

  it('refuse by a schema as soon as nothing older is cached', async () => {
    await pathsOf({ type: 'a', data: { a: 1 } });
    register('a', text);
    now += CACHE_MS;
    expect(await pathsOf({ type: 'a', data: { a: 1 } })).toEqual(['data.a']);
  });

  it('never refuse by outdated data: a corrected schema, an added version, a deleted type', async () => {
    register('a', text);
    expect(await pathsOf({ type: 'a', data: {} })).toEqual(['']);
    register('a', { type: 'object' });
    expect(await pathsOf({ type: 'a', data: { a: 1 } })).toEqual(['']);
    register('a', text, { type: 'object' });
    expect(await pathsOf({ type: 'a', version: '2', data: { a: 1 } })).toEqual(['']);
    expect(await pathsOf({ type: 'a', version: '1', data: { a: 1 } })).toEqual(['data.a']);
    eventTypes.clear();
    expect(await pathsOf({ type: 'a', version: '1', data: { a: 1 } })).toEqual(['']);
  });

  it('do not grow without bound with invented types', async () => {
    for (let at = 0; at < 1_001; at++) await pathsOf({ type: `made.up${at}`, data: 1 });
    reads.length = 0;
    await pathsOf({ type: 'made.up1000', data: 1 }, { type: 'made.up0', data: 1 });
    expect(reads).toEqual([['made.up0']]);
  });

  it('fail when they cannot be read: nothing is accepted without validation', async () => {
    const read = async () => {
      throw new Error('throttled');
    };
    const unread = createDataValidator({ eventTypes: { read }, schemas: createSchemaChecker(), clock: () => now });
    await expect(unread([{ type: 'a', data: 1 }])).rejects.toThrow('throttled');
  });
});
