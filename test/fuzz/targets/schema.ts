import assert from 'node:assert/strict';
import { createSchemaChecker } from '../../../adapters/ajv/schema-checker.ts';
import { createSchemaExaminer } from '../../../adapters/ajv/schema-examiner.ts';
import { contentHash } from '../../../core/event-types/event-type.ts';
import type { Verdict } from '../../../core/event-types/json-schema.ts';
import { acceptVersions } from '../../../core/event-types/versions.ts';
import { isObject } from '../../../core/json.ts';
import { Problem } from '../../../core/problem.ts';
import { jsonOf, type Target } from './target.ts';

const examiner = createSchemaExaminer({ one: 500, all: 500 });
const TIMES = { preparation: 1_000, check: 300, details: 200 };
const checker = createSchemaChecker(TIMES);

/** The input is an object: a schema, and data to validate. */
async function check(input: string): Promise<string | undefined> {
  const value = jsonOf(input);
  if (!isObject(value)) return undefined;
  const { schema, data = null } = value;
  if (schema === undefined) return undefined;
  const [accepted] = await examined(schema, undefined);
  if (typeof accepted !== 'boolean' && !isObject(accepted)) return String(accepted);
  // A schema is stored as JSON, and parsed again before it validates anything.
  const stored = JSON.parse(JSON.stringify(accepted));
  const verdict = await verdictOf(stored, data);
  assert.notEqual(verdict, 'unusable', 'A schema that was accepted cannot be used.');
  assert.deepEqual(await verdictOf(stored, data), verdict, 'The verdict is another the second time.');
  if (typeof verdict === 'string') return verdict;
  for (const { path, message } of verdict) {
    assert.ok(
      path.every((part) => typeof part === 'string') && /^[^\n]*\.$/s.test(message.slice(-1)),
      'It is not a sentence.',
    );
  }
  const [, asExample] = await examined(schema, data);
  const isValid = asExample === undefined;
  // An example is stored too, so its numbers must be representable in JSON.
  if (!/too long|deep|a number from/.test(asExample ?? '')) {
    assert.equal(isValid, verdict.length === 0, 'As an example the data is judged otherwise.');
  }
  return `${isValid} ${wordsOf(verdict[0]?.message ?? '')}`;
}

/** A message without its quotes of the schema. */
const wordsOf = (message: string) => message.replaceAll(/(["\d#:[{]|pattern ).*/gs, '').slice(0, 60);

/** The stored schema, or the errors in it and its example. */
async function examined(schema: unknown, example: unknown): Promise<[schema: unknown, fault?: string]> {
  try {
    const [version] = await acceptVersions([{ path: [], version: '1', schema, example }], '', undefined, examiner);
    return [version?.schema];
  } catch (fault) {
    if (!(fault instanceof Problem)) throw fault;
    assert.equal(fault.kind, 'invalid');
    const message = wordsOf(fault.faults[0]?.message ?? '');
    return [message, message];
  }
}

async function verdictOf(schema: boolean | Record<string, unknown>, data: unknown): Promise<Verdict> {
  const [verdict = 'too_expensive'] = await checker.check([{ schema, schemaHash: contentHash(schema), data }]);
  return verdict;
}

export const target: Target = {
  holds: 'A schema that is accepted validates any data within its time limit, never throws, and is deterministic.',
  covers: ['core/event-types/', 'adapters/ajv/', 'node_modules/ajv/dist/'],
  seeds: [
    '{"schema":{"type":"object","required":["id"],"properties":{"id":{"type":"string","pattern":"^ord_","maxLength":9},"n":{"type":"integer","minimum":1}}},"data":{"id":"ord_1","n":2}}',
    '{"schema":{"$defs":{"node":{"type":"object","properties":{"next":{"$ref":"#/$defs/node"}},"unevaluatedProperties":false}},"$ref":"#/$defs/node"},"data":{"next":{}}}',
    '{"schema":{"anyOf":[{"const":1},{"enum":["a",null]},{"prefixItems":[true,{"not":{}}],"items":false}]},"data":[1]}',
    '{"schema":{"if":{"type":"array"},"then":{"uniqueItems":true,"contains":{"multipleOf":0.1},"minContains":2},"else":{"propertyNames":{"maxLength":2}}},"data":[1,1]}',
    '{"schema":{"$id":"https://a.example/s","$dynamicAnchor":"m","allOf":[{"$dynamicRef":"#m"}]},"data":{}}',
    '{"schema":{"dependentSchemas":{"a":{"required":["b"]}},"patternProperties":{"^(a+)+$":{"oneOf":[true,true]}}},"data":{"a":1}}',
    ...['{"schema":true,"data":1}', '{"schema":{"type":"strin"}}', '{"schema":{"$ref":"#/x"}}'],
    '{"schema":{"type":"number","maximum":1e999,"enum":[-1e999,1]},"data":1}',
  ],
  dictionary: [
    ...[
      '$id',
      '$ref',
      '$anchor',
      '$dynamicRef',
      '$dynamicAnchor',
      '$defs',
      '#',
      '#/$defs/a',
      '$schema',
      'allOf',
      'anyOf',
      'oneOf',
      'not',
      'if',
    ],
    ...[
      'then',
      'else',
      'properties',
      'patternProperties',
      'additionalProperties',
      'unevaluatedProperties',
      'propertyNames',
      'items',
    ],
    ...[
      'prefixItems',
      'unevaluatedItems',
      'contains',
      'minContains',
      'maxContains',
      'uniqueItems',
      'required',
      'dependentRequired',
    ],
    ...[
      'dependentSchemas',
      'dependencies',
      'definitions',
      'const',
      'enum',
      'type',
      'multipleOf',
      'maximum',
      'exclusiveMinimum',
      'maxLength',
    ],
    ...[
      'minItems',
      'maxProperties',
      'pattern',
      'format',
      'contentSchema',
      'nullable',
      '$async',
      '$data',
      '$recursiveRef',
      '$comment',
      'default',
    ],
    ...[
      '"string"',
      '"object"',
      '"array"',
      '"integer"',
      '"null"',
      '["string","null"]',
      '(a+)+$',
      '[',
      '\\p{L}',
      '^$',
      '__proto__',
      'constructor',
    ],
    ...[
      '{"$ref":"#"}',
      '{}',
      'true',
      'false',
      'https://a.example/s',
      '../s',
      '%25',
      '~1',
      '1e-9',
      '1e308',
      '1e999',
      'data',
      'schema',
    ],
  ],
  timeMs: 6_000,
  check,
};
