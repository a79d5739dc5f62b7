import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NESTING_MAX } from '../../../core/event-types/event-type.ts';
import { schemaFaults } from '../../../core/event-types/schema-rules.ts';
import { isTooDeep } from '../../../core/json.ts';

const pathsIn = (schema: unknown) => schemaFaults(schema, ['schema']).map(({ path }) => path);

describe('a schema is refused, with the path, for', () => {
  it.each<[string, unknown, string]>([
    ['being no schema', 'a text', 'schema'],
    ['being null', null, 'schema'],
    ['being a list', [], 'schema'],
    ['another dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }, 'schema.$schema'],
    [
      'another dialect within',
      { items: { $schema: 'https://json-schema.org/draft/2019-09/schema' } },
      'schema.items.$schema',
    ],
    ['a remote $ref', { properties: { x: { $ref: 'http://169.254.169.254/latest' } } }, 'schema.properties.x.$ref'],
    ['a $ref to a file', { allOf: [{ $ref: 'file:///etc/passwd' }] }, 'schema.allOf.0.$ref'],
    ['a relative $ref', { $ref: 'other.json' }, 'schema.$ref'],
    ['the metaschema as $ref', { $ref: 'https://json-schema.org/draft/2020-12/schema' }, 'schema.$ref'],
    ['a remote $ref that nothing uses', { $defs: { a: { $ref: 'https://e.com/a' } } }, 'schema.$defs.a.$ref'],
    ['a $ref beside its own $id', { $id: 'https://e.com/a', $ref: 'https://e.com/b' }, 'schema.$ref'],
    ['a pointer to nothing', { $ref: '#/$defs/missing', $defs: {} }, 'schema.$ref'],
    ['a pointer into JavaScript', { $ref: '#/constructor' }, 'schema.$ref'],
    ['a pointer to no schema', { $ref: '#/required', required: ['a'] }, 'schema.$ref'],
    ['a pointer that is no URI', { $ref: '#/%' }, 'schema.$ref'],
    ['a pointer out of its own $id', { $defs: { a: { $id: '/a', $ref: '#/$defs/a' } } }, 'schema.$defs.a.$ref'],
    [
      'a $dynamicRef whose anchor is not at the root',
      { $dynamicRef: '#n', $defs: { n: { $dynamicAnchor: 'n' } } },
      'schema.$dynamicRef',
    ],
    ['$async', { not: { $async: true } }, 'schema.not.$async'],
    ['nullable', { properties: { a: { type: 'string', nullable: true } } }, 'schema.properties.a.nullable'],
    ['id', { id: 'x' }, 'schema.id'],
    ['a pattern that does not parse', { propertyNames: { pattern: '(' } }, 'schema.propertyNames.pattern'],
    ['a pattern that is no Unicode', { pattern: '\\-' }, 'schema.pattern'],
    ['a long pattern', { pattern: 'a'.repeat(513) }, 'schema.pattern'],
    ['a pattern of names', { patternProperties: { '[': true } }, 'schema.patternProperties.['],
    ['__proto__', JSON.parse('{"properties":{"__proto__":{"type":"string"}}}'), 'schema.properties.__proto__'],
    ['__proto__ in a constant', JSON.parse('{"const":{"__proto__":1}}'), 'schema.const.__proto__'],
  ])('%s', (_, schema, path) => {
    expect(pathsIn(schema)).toEqual([path]);
  });
});

describe('a schema is accepted with', () => {
  it.each<[string, unknown]>([
    ['its dialect named', { $schema: 'https://json-schema.org/draft/2020-12/schema' }],
    ['references into itself', { $ref: '#/$defs/a~1b%20c', $defs: { 'a/b c': true } }],
    [
      'references by its own ids',
      { $id: 'https://e.com/a', $ref: 'b#/$defs/c', $defs: { b: { $id: 'b', $defs: { c: true } } } },
    ],
    ['a urn for an id', { $id: 'urn:x:y', $ref: 'urn:x:y#/$defs/a', $defs: { a: true } }],
    ['anchors', { $ref: '#a', $defs: { a: { $anchor: 'a' } } }],
    ['a $dynamicRef to its root', { $dynamicAnchor: 'n', items: { $dynamicRef: '#n' } }],
    [
      'properties that are named as keywords are',
      { properties: { $ref: true, pattern: {}, nullable: true, id: {}, $schema: {} } },
    ],
    [
      'data that looks like keywords',
      { const: { $ref: 'http://e.com' }, enum: [{ pattern: '(' }], examples: [{ $async: true }] },
    ],
    ['names of JavaScript', { properties: { constructor: { type: 'string' } }, required: ['toString'] }],
    ['true', true],
    ['false', false],
  ])('%s', (_, schema) => {
    expect(pathsIn(schema)).toEqual([]);
  });

  it('anything else, without an error on our side', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(Array.isArray(schemaFaults({ items: value, properties: value, allOf: value }, []))).toBe(true);
      }),
    );
  });
});

describe('nesting', () => {
  const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
  it('is accepted up to 64 levels, and measured without going deeper', () => {
    expect([63, 64, 65, 500_000].map((levels) => isTooDeep(nested(levels), NESTING_MAX))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});
