import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createOpenApi } from '../../../lambdas/api/openapi/document.ts';
import { operations } from '../../../lambdas/api/operations.ts';

const problem = z.strictObject({
  type: z.string().startsWith('urn:postrider:problem:'),
  title: z.string().min(1),
  status: z.number(),
  detail: z.string().min(1),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string().min(1) })).optional(),
});
const gatewayMessage = z.strictObject({ message: z.string().min(1) });
const media = z.looseObject({
  example: z.unknown().optional(),
  examples: z.record(z.string(), z.object({ value: z.unknown() })).optional(),
});
const response = z.looseObject({ $ref: z.string().optional(), content: z.record(z.string(), media).optional() });
const openApi = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.looseObject({ operationId: z.string(), responses: z.record(z.string(), response) })),
  ),
  components: z.looseObject({ responses: z.record(z.string(), response) }),
});
const { paths, components } = openApi.parse(createOpenApi());

/** Every error response of every operation, with its examples. */
const refusals = Object.values(paths).flatMap((methods) =>
  Object.values(methods).flatMap(({ operationId, responses }) =>
    Object.entries(responses)
      .filter(([status]) => Number(status) >= 400)
      .map(([status, one]) => ({ operationId, status: Number(status), examples: examplesOf(one) })),
  ),
);

function examplesOf({ $ref, content }: z.output<typeof response>) {
  const id = $ref?.split('/').at(-1) ?? '';
  const resolved = $ref === undefined ? content : components.responses[id]?.content;
  return Object.entries(resolved ?? {}).map(([type, { example, examples }]) => ({
    type,
    values: examples === undefined ? [example] : Object.values(examples).map(({ value }) => value),
  }));
}

/** A schema that also refuses undeclared members of an object. */
const exact = (schema: z.ZodType) => (schema instanceof z.ZodObject ? schema.strict() : schema);

describe('the examples of an operation', () => {
  it.each(operations)('$name: its body passes its own validation', ({ bodyIs, body, bodyDocument, bodyExample }) => {
    expect(bodyExample === undefined).toBe(bodyIs === 'none');
    if (bodyIs === 'none') return;
    for (const schema of [body, ...(bodyDocument ? [exact(bodyDocument)] : [])]) {
      expect(schema.safeParse(bodyExample).error).toBeUndefined();
    }
  });

  it.each(operations)('$name: its response matches its schema', ({ name, success: { schema, example } }) => {
    expect(example === undefined).toBe(schema === undefined);
    // For the document itself, one member is enough.
    const strict = schema && name !== 'openApi' ? exact(schema) : schema;
    expect(strict?.safeParse(example).error).toBeUndefined();
  });

  it.each(refusals)('$operationId: its $status is a problem document, or a response of API Gateway', (refusal) => {
    expect(refusal.examples).not.toEqual([]);
    for (const { type, values } of refusal.examples) {
      const schema = type === 'application/problem+json' ? problem : gatewayMessage;
      for (const value of values) expect(schema.safeParse(value).error).toBeUndefined();
      if (schema === problem)
        expect(values).toEqual(values.map(() => expect.objectContaining({ status: refusal.status })));
    }
  });

  it('name the invalid fields wherever input is refused', () => {
    const invalid = refusals.filter(({ status }) => status === 422).flatMap(({ examples }) => examples);
    const faults = invalid.flatMap(({ values }) => values).map((value) => problem.parse(value).errors?.length ?? 0);
    expect(faults.length).toBeGreaterThan(10);
    expect(faults).not.toContain(0);
  });
});
