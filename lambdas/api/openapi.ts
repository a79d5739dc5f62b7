import * as z from 'zod';
import { eventTypeName } from '../../core/events/input.ts';
import { PROBLEMS, type ProblemKind } from '../../core/problem.ts';
import { VERSION } from '../runtime/version.ts';
import { type IdKind, type Operation, parameterName } from './operation.ts';
import { operations } from './operations/all.ts';
import { answerSchemas, requestSchemas } from './schemas/common.ts';

type Json = Record<string, unknown>;

const ref = (id: string) => ({ $ref: `#/components/schemas/${id}` });

/** Makes the OpenAPI 3.1 document of all operations: its schemas are JSON Schema 2020-12, as zod writes it. */
export function createOpenApi(): Json {
  const paths: Record<string, Json> = {};
  for (const one of operations) paths[one.path] = { ...paths[one.path], [one.method]: operationObject(one) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Postrider',
      version: VERSION,
      description: 'Webhook delivery from your own AWS account. Every error is a problem document (RFC 9457).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key.' } },
      schemas: { ...schemasOf(requestSchemas, 'input'), ...schemasOf(answerSchemas, 'output'), Problem: problemSchema },
      responses: problemResponses(),
    },
  };
}

function operationObject(one: Operation): Json {
  return {
    operationId: one.name,
    tags: [one.tag],
    summary: one.summary,
    description: [one.description, one.role && `Needs a key with the role ${one.role}.`].filter(Boolean).join('\n\n'),
    ...(one.role === null && { security: [] }),
    parameters: parametersOf(one),
    ...(one.bodyIs !== 'none' && {
      requestBody: { required: one.bodyIs === 'required', content: bodyContent(one) },
    }),
    responses: { [one.success.status]: successResponse(one), ...refusalsOf(one) },
  };
}

function parametersOf(one: Operation): Json[] {
  const path = one.id === undefined ? [] : [pathParameter(one.id)];
  const query = Object.entries(jsonSchema(one.query, 'output').properties ?? {}).map(([name, property]) => {
    const { description, ...schema } = typeof property === 'object' ? property : {};
    return { name, in: 'query', required: false, ...(description !== undefined && { description }), schema };
  });
  const headers = (one.headers ?? []).map((header) => ({ ...header, in: 'header', schema: { type: 'string' } }));
  return [...path, ...query, ...headers];
}

function pathParameter(kind: IdKind): Json {
  const schema = kind === 'event_type' ? jsonSchema(eventTypeName, 'input') : { type: 'string', pattern: `^${kind}_` };
  return { name: parameterName(kind), in: 'path', required: true, schema };
}

function bodyContent(one: Operation): Json {
  const type = one.method === 'patch' ? 'application/merge-patch+json' : 'application/json';
  const schema = named(one.bodyDocument ?? one.body, requestSchemas, 'input');
  return one.method === 'patch' ? { [type]: { schema }, 'application/json': { schema } } : { [type]: { schema } };
}

function successResponse({ success: { description, schema, status } }: Operation): Json {
  const location = { location: { description: 'The path of what was made.', schema: { type: 'string' } } };
  return {
    description,
    ...(status === 201 && { headers: location }),
    ...(schema && { content: { 'application/json': { schema: named(schema, answerSchemas, 'output') } } }),
  };
}

/** The refusals that an operation can give; 405 and the like belong to paths, not to operations. */
function refusalsOf(one: Operation): Json {
  const kinds: ProblemKind[] = [
    ...(one.bodyIs === 'none' ? [] : (['malformed'] as const)),
    ...(one.role === null ? [] : (['unauthenticated', 'forbidden', 'invalid', 'unavailable'] as const)),
    ...(one.id === undefined ? [] : (['not_found'] as const)),
    ...(one.refusals ?? []),
    'internal',
  ];
  const byStatus = kinds.map((kind) => [PROBLEMS[kind].status, { $ref: `#/components/responses/${kind}` }] as const);
  return Object.fromEntries(byStatus);
}

function problemResponses(): Json {
  const content = { 'application/problem+json': { schema: ref('Problem') } };
  const retryAfter = { 'retry-after': { description: 'Seconds.', schema: { type: 'integer' } } };
  return Object.fromEntries(
    Object.entries(PROBLEMS).map(([kind, { title, status }]) => [
      kind,
      { description: title, ...(status === 503 && { headers: retryAfter }), content },
    ]),
  );
}

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', examples: ['urn:postrider:problem:invalid'] },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

type Registry = typeof requestSchemas;
type Direction = 'input' | 'output';

type Node = z.core.JSONSchema.BaseSchema;

/** Leaves out what says nothing to a reader: how zod spells a date, and the largest safe integer. */
function plain({ jsonSchema: schema }: { jsonSchema: Node }): void {
  if (schema.format === 'date-time' || schema.format === 'date') delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

/** Answers may gain members: the document does not rule further ones out, as it does for requests. */
function open(node: { jsonSchema: Node }): void {
  plain(node);
  if (node.jsonSchema.additionalProperties === false) delete node.jsonSchema.additionalProperties;
}

function optionsFor(io: Direction) {
  return { io, unrepresentable: 'any' as const, override: io === 'output' ? open : plain };
}

function jsonSchema(schema: z.ZodType, io: Direction): Node {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, optionsFor(io));
  return rest;
}

function named(schema: z.ZodType, registry: Registry, io: Direction): Json {
  const id = registry.get(schema)?.id;
  return id === undefined ? jsonSchema(schema, io) : ref(id);
}

function schemasOf(registry: Registry, io: Direction): Json {
  const { schemas } = z.toJSONSchema(registry, { ...optionsFor(io), uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]));
}
