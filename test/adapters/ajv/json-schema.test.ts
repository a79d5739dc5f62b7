import { describe, expect, it } from 'vitest';
import { createSchemaChecker } from '../../../adapters/ajv/schema-checker.ts';
import { createSchemaExaminer } from '../../../adapters/ajv/schema-examiner.ts';
import { contentHash, type JsonSchema } from '../../../core/event-types/event-type.ts';
import type { Verdict } from '../../../core/event-types/json-schema.ts';

/** With generous time limits, since the machine may be busy. */
const patient = { preparation: 10_000, check: 10_000, details: 10_000 };
const engine = { ...createSchemaChecker(patient), ...createSchemaExaminer() };
const at = { schema: ['schema'], example: ['example'] };

const asked = (schema: JsonSchema, data: unknown) => ({ schema, schemaHash: contentHash(schema), data });

async function check(schema: JsonSchema, data: unknown, by = engine): Promise<Verdict> {
  const [verdict] = await by.check([asked(schema, data)]);
  return verdict ?? expect.fail('no verdict');
}

/** The paths of the errors, as in the API. */
async function pathsAt(schema: JsonSchema, data: unknown): Promise<string[] | string> {
  const verdict = await check(schema, data);
  return typeof verdict === 'string' ? verdict : verdict.map(({ path }) => path.join('.'));
}

const faultsOf = async (schema: JsonSchema, example?: unknown) =>
  engine.examine([{ schema, at, ...(example !== undefined && { example }) }]);

const tree: JsonSchema = {
  $dynamicAnchor: 'node',
  type: 'object',
  required: ['value'],
  properties: { value: true, children: { type: 'array', items: { $dynamicRef: '#node' } } },
  unevaluatedProperties: false,
};

describe('JSON Schema 2020-12', () => {
  it.each<[string, JsonSchema, unknown, unknown, string[]]>([
    ['$ref into $defs', { $ref: '#/$defs/a', $defs: { a: { type: 'string' } } }, 's', 1, ['']],
    [
      '$ref by an $id of its own',
      { $id: 'https://e.com/r', $ref: '/a', $defs: { a: { $id: '/a', type: 'null' } } },
      null,
      1,
      [''],
    ],
    ['$ref by an $anchor', { $ref: '#a', $defs: { a: { $anchor: 'a', type: 'null' } } }, null, 1, ['']],
    ['$dynamicRef', tree, { value: 1, children: [{ value: 2 }] }, { value: 1, children: [{}] }, ['children.0.value']],
    [
      'unevaluatedProperties',
      { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
      { a: 1 },
      { b: 1 },
      ['b'],
    ],
    ['prefixItems', { prefixItems: [{ type: 'string' }], items: false }, ['a'], [1, 2], ['0', '']],
    ['dependentRequired', { dependentRequired: { a: ['b'] } }, { a: 1, b: 1 }, { a: 1 }, ['']],
    ['if and then', JSON.parse('{"if":{"required":["a"]},"then":{"required":["b"]}}'), {}, { a: 1 }, ['b', '']],
    ['a schema that is true or false', { properties: { a: false, b: true } }, { b: 1 }, { a: 1 }, ['a']],
    ['numbers as JSON.parse reads them', { const: 12345678901234567000 }, JSON.parse('12345678901234567890'), 1, ['']],
    ['format as an annotation', { format: 'email', type: 'string' }, 'no email', 1, ['']],
    ['what it does not know as nothing', { 'x-of-ours': 1, type: 'string' }, 's', 1, ['']],
  ])('is supported: %s', async (_, schema, good, bad, paths) => {
    expect(await faultsOf(schema, good)).toEqual([]);
    expect(await pathsAt(schema, good)).toEqual([]);
    expect(await pathsAt(schema, bad)).toEqual(paths);
  });

  it('treats names such as __proto__ like any other', async () => {
    const schema = { required: ['constructor', '__proto__'], properties: { toString: { type: 'string' } } };
    expect(await pathsAt(schema, {})).toEqual(['constructor', '__proto__']);
    expect(await pathsAt(schema, JSON.parse('{"constructor":1,"__proto__":2}'))).toEqual([]);
    expect(await pathsAt({ additionalProperties: false }, JSON.parse('{"__proto__":1}'))).toEqual(['__proto__']);
  });

  it('says what to do about each error, and quotes no data', async () => {
    const schema = {
      required: ['id'],
      properties: {
        a: { type: ['string', 'null'] },
        b: { enum: ['x', 'y'] },
        c: { minimum: 3 },
        d: { pattern: '^z$' },
      },
      additionalProperties: false,
    };
    const verdict = await check(schema, { a: 4711, b: 'secret', c: 2, d: 'secret', 'e/~f': 'secret' });
    expect(verdict).toEqual([
      { path: ['id'], message: 'Required: add it.' },
      { path: ['e/~f'], message: 'Not allowed by the schema: remove it.' },
      { path: ['a'], message: 'Use a value of type string or null.' },
      { path: ['b'], message: 'Use one of ["x","y"].' },
      { path: ['c'], message: 'The value must be >= 3.' },
      { path: ['d'], message: 'Use text that matches the pattern ^z$.' },
    ]);
  });

  it('checks each value of a list against its own schema', async () => {
    const verdicts = await engine.check([
      asked({ type: 'string' }, 1),
      asked({ type: 'number' }, 1),
      asked({ $id: 'https://e.com/same', type: 'null' }, null),
      asked({ $id: 'https://e.com/same', type: 'string' }, null),
    ]);
    expect(verdicts.map((verdict) => verdict.length)).toEqual([1, 0, 0, 1]);
  });

  it('reports at most 20 errors, and only the first for a large value', async () => {
    const schema = { items: { type: 'string' } };
    expect(
      await pathsAt(
        schema,
        Array.from({ length: 500 }, () => 1),
      ),
    ).toHaveLength(20);
    expect(
      await pathsAt(
        schema,
        Array.from({ length: 100_000 }, () => 1),
      ),
    ).toEqual(['0']);
  });
});

describe('an invalid stored schema', () => {
  it('is reported only for its own data, and the others are validated', async () => {
    const broken = JSON.parse('{"maximum":null}');
    const checks = [asked(broken, 1), asked({ type: 'string' }, 1), asked(broken, 2)];
    expect(await engine.check(checks)).toEqual(['unusable', [expect.anything()], 'unusable']);
    expect(await engine.check(checks)).toEqual(['unusable', [expect.anything()], 'unusable']);
  });
});

describe('the content of a schema', () => {
  it('is not quoted at length: its names may be long', async () => {
    const name = 'x'.repeat(10_000);
    const [fault] = await check({ dependentRequired: { a: [name] } }, { a: 1 });
    expect(fault).toEqual({ path: [], message: 'The value must match the schema.' });
  });
});

describe('the examination of a schema', () => {
  it.each<[string, JsonSchema, string]>([
    ['a type of its own making', { properties: { a: { type: 'text' } } }, 'schema.properties.a.type'],
    ['a negative length', { minLength: -1 }, 'schema.minLength'],
    ['an id that stands for two', { $defs: { a: { $id: 'x', type: 'null' }, b: { $id: 'x' } }, $ref: 'x' }, 'schema'],
    ['a pattern that does not parse', { pattern: '(' }, 'schema'],
    ['an anchor that is not there', { $ref: '#nowhere' }, 'schema'],
    ['one that goes round in circles', { $ref: '#' }, 'schema'],
    ['two that go round in circles', { allOf: [{ $ref: '#' }, { $ref: '#' }] }, 'schema'],
  ])('refuses %s', async (_, schema, path) => {
    const faults = await faultsOf(schema);
    expect(faults[0]?.path).toBe(path);
  });

  it('validates the example against the schema', async () => {
    const schema = { properties: { a: { items: { type: 'string' } } } };
    expect(await faultsOf(schema, { a: ['x', 1] })).toEqual([
      { path: 'example.a.1', message: 'Use a value of type string.' },
    ]);
    expect(await faultsOf(schema, { a: ['x'] })).toEqual([]);
  });
});

/** An engine with short time limits, for fast tests. */
const hasty = {
  ...createSchemaChecker({ preparation: 1_000, check: 150, details: 50 }),
  ...createSchemaExaminer({ one: 150, all: 300 }),
};

const doubling = (levels: number): JsonSchema => ({
  $ref: `#/$defs/a${levels}`,
  $defs: {
    a0: { type: 'string' },
    ...Object.fromEntries(
      Array.from({ length: levels }, (_, at) => {
        const $ref = `#/$defs/a${at}`;
        return [`a${at + 1}`, { allOf: [{ $ref }, { $ref }] }];
      }),
    ),
  },
});

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

describe('validation that takes too long', () => {
  it.each<[string, JsonSchema, unknown]>([
    ['(a+)+$', { pattern: '^(a+)+$' }, `${'a'.repeat(60)}!`],
    ['(a|a)*b', { pattern: '(a|a)*b' }, 'a'.repeat(60)],
    ['a pattern of names', { patternProperties: { '^(a+)+$': true } }, { [`${'a'.repeat(60)}!`]: 1 }],
    ['a pattern inside many', { items: { pattern: '^(\\w+\\s?)*$' } }, ['word '.repeat(20).concat('!')]],
    ['references that double', doubling(60), 's'],
    ['references that double within data', { items: { allOf: [{ $ref: '#' }, { $ref: '#' }] } }, nested(200)],
    ['a great many items to compare', { uniqueItems: true }, Array.from({ length: 150_000 }, (_, at) => [at])],
  ])('is stopped: %s', async (_, schema, data) => {
    const began = performance.now();
    expect(await check(schema, data, hasty)).toBe('too_expensive');
    expect(await hasty.examine([{ schema, example: data, at }])).toMatchObject([
      { path: 'example', message: expect.stringContaining('too long') },
    ]);
    expect(performance.now() - began).toBeLessThan(3_000);
    // And the next one works as usual.
    expect(await check({ type: 'string' }, 's', hasty)).toEqual([]);
  });

  it.each([
    ['a schema of itself', { items: { $ref: '#' } }],
    ['a comparison', { const: nested(64) }],
    ['a comparison of its parts', { anyOf: [{ const: nested(64) }, { items: { $ref: '#' } }] }],
  ])('or goes too deep for the stack ends with a message: %s', async (_, schema) => {
    const data = nested(400_000);
    const verdict = await check(schema, data);
    expect(verdict === 'too_expensive' || verdict.length === 1).toBe(true);
    expect(await check({ type: 'array' }, data)).toEqual([]);
  });

  it('because of compiling is not the caller’s error: the next try has less to do', async () => {
    const large = (title: number) => ({ title, anyOf: Array.from({ length: 500 }, (_, at) => ({ const: at })) });
    const times: number[] = [];
    for (const title of [-1, -2, -3, -4, -5]) {
      const began = performance.now();
      await check(large(title), 1);
      times.push(performance.now() - began);
    }
    // The shortest: other work on the machine makes some of them longer, and then the limit would be enough for all.
    const impatient = createSchemaChecker({ ...patient, preparation: 3 * Math.min(...times) });
    const checks = Array.from({ length: 20 }, (_, at) => asked(large(at), 1));
    await expect(impatient.check(checks)).rejects.toMatchObject({ kind: 'unavailable', retryAfterSeconds: 1 });
    const again = async (): Promise<Verdict[]> => impatient.check(checks).catch(again);
    expect(await again()).toEqual(checks.map(() => []));
  });

  it('leaves the values after it unvalidated rather than accepted', async () => {
    const verdicts = await hasty.check([
      asked({ type: 'string' }, 's'),
      asked({ pattern: '^(a+)+$' }, `${'a'.repeat(60)}!`),
      asked({ type: 'string' }, 1),
    ]);
    expect(verdicts).toEqual([[], 'too_expensive', 'too_expensive']);
  });

  it('because it goes too deep does not affect the values after it', async () => {
    const deep = asked({ items: { $ref: '#' } }, nested(400_000));
    expect(await engine.check([deep, asked({ type: 'string' }, 1)])).toMatchObject(['too_expensive', [{ path: [] }]]);
  });

  it('shares one limit among many schemas', async () => {
    const one = { schema: doubling(60), example: 's', at };
    const began = performance.now();
    const faults = await hasty.examine(Array.from({ length: 50 }, () => one));
    expect(faults).toHaveLength(50);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});
