import * as z from 'zod';
import { eventTypeName } from '../../../core/event-types/name.ts';
import { LETTER_ID } from '../../../core/fanout/unreadable-letter.ts';
import { deliveryIdPattern, idPattern } from '../../../core/ids.ts';
import type { NeededCapability } from '../../../core/sessions/capabilities.ts';
import { CAPABILITY_OF } from '../capabilities.ts';
import { requestSchemas, responseSchemas } from '../common-schemas.ts';
import { type IdKind, type Operation, parameterName, type Success } from '../operation.ts';
import { refusalsOf } from './refusals.ts';
import { type Json, jsonSchema, named } from './schemas.ts';

/** The security scheme of signed requests, by its name in the document. */
export const SIGNATURE = 'awsSignature';

/** An operation as OpenAPI writes it. */
export function operationObject(one: Operation, all: readonly Operation[]): Json {
  return {
    operationId: one.name,
    tags: [one.tag],
    summary: one.summary,
    description: [one.description, roleNote(one)].filter(Boolean).join('\n\n'),
    ...(one.role === null && { security: one.signed ? [{ [SIGNATURE]: [] }] : [] }),
    parameters: parametersOf(one),
    ...(one.bodyIs !== 'none' && {
      requestBody: { required: one.bodyIs === 'required', content: bodyContent(one) },
    }),
    responses: {
      [one.success.status]: {
        ...successResponse(one.success),
        ...(one.method === 'post' && linksOf(one.success, all)),
      },
      ...(one.created && { [one.created.status]: successResponse(one.created) }),
      ...(one.dryRun && { [one.dryRun.status]: successResponse(one.dryRun) }),
      ...refusalsOf(one),
    },
  };
}

function roleNote({ name, role, signed }: Operation): string {
  if (signed) return 'Requires a signature with AWS credentials instead of an API key.';
  if (role === null) return 'No API key required.';
  const ofKey = role === 'any' ? 'Requires an API key of any role.' : `Requires an API key with the role ${role}.`;
  return `${ofKey} ${capabilityNote(CAPABILITY_OF[name])}`;
}

function capabilityNote(capability: NeededCapability | undefined): string {
  if (capability === undefined) return 'Not for sessions of the portal.';
  if (capability === 'any') return 'A session of the portal needs no capability.';
  return `A session of the portal needs the capability \`${capability}\`.`;
}

function parametersOf(one: Operation): Json[] {
  const path = one.id === undefined ? [] : [pathParameter(one.id)];
  const needed = jsonSchema(one.query, 'input').required ?? [];
  const query = Object.entries(jsonSchema(one.query, 'output').properties ?? {}).map(([name, property]) => {
    const { description, ...schema } = typeof property === 'object' ? property : {};
    return {
      name,
      in: 'query',
      required: needed.includes(name),
      ...(description !== undefined && { description }),
      schema,
    };
  });
  const headers = (one.headers ?? []).map(({ schema = { type: 'string' }, ...header }) => ({
    ...header,
    in: 'header',
    schema,
  }));
  return [...path, ...query, ...headers];
}

function pathParameter(kind: IdKind): Json {
  return { name: parameterName(kind), in: 'path', required: true, schema: pathSchema(kind) };
}

function pathSchema(kind: IdKind): Json {
  if (kind === 'event_type') return jsonSchema(eventTypeName, 'input');
  const patterns = { dlv: deliveryIdPattern, ltr: LETTER_ID };
  const pattern = kind === 'dlv' || kind === 'ltr' ? patterns[kind] : idPattern(kind);
  return { type: 'string', pattern: pattern.source };
}

function bodyContent(one: Operation): Json {
  const schema = named(one.bodyDocument ?? one.body, requestSchemas, 'input');
  const content = { schema, ...(one.bodyExample !== undefined && { example: one.bodyExample }) };
  const types = one.method === 'patch' ? ['application/merge-patch+json', 'application/json'] : ['application/json'];
  return Object.fromEntries(types.map((type) => [type, content]));
}

function successResponse({ description, schema, status, example }: Success): Json {
  const location = { location: { description: 'The path of the new resource.', schema: { type: 'string' } } };
  const content = schema && {
    schema: named(schema, responseSchemas, 'output'),
    ...(example !== undefined && { example }),
  };
  return {
    description,
    ...(status === 201 && { headers: location }),
    ...(content && { content: { 'application/json': content } }),
  };
}

const identified = z.object({ id: z.string() });

/** Links the id in a response to the operation that reads the created resource, if there is one. */
export function linksOf({ example }: Success, all: readonly Operation[]): Json | undefined {
  const prefix = identified.safeParse(example).data?.id.split('_')[0];
  const reader = all.find(({ method, id, path }) => method === 'get' && id === prefix && path.endsWith('}'));
  if (prefix === undefined || reader?.id === undefined) return undefined;
  const parameters = { [parameterName(reader.id)]: '$response.body#/id' };
  return { links: { [reader.name]: { operationId: reader.name, parameters, description: reader.summary } } };
}
