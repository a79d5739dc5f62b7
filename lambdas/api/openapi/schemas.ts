import * as z from 'zod';
import type { answerSchemas } from '../schemas/common.ts';

export type Json = Record<string, unknown>;

type Registry = typeof answerSchemas;
/** `input` is what a request may hold, `output` what an answer holds. */
export type Direction = 'input' | 'output';

type Node = z.core.JSONSchema.BaseSchema;

/** A reference to a schema of the document. */
export const schemaRef = (id: string) => ({ $ref: `#/components/schemas/${id}` });

interface Place {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: Node;
}

/** Leaves out what says nothing to a reader: how zod spells a date, and the largest safe integer. */
function plain({ zodSchema, jsonSchema: schema }: Place): void {
  // What is read as a Map is an object on the wire.
  if (zodSchema instanceof z.ZodMap) {
    const [propertyNames, additionalProperties] = [zodSchema.keyType, zodSchema.valueType].map((one) =>
      jsonSchema(one, 'input'),
    );
    Object.assign(schema, { type: 'object', propertyNames, additionalProperties });
  }
  if (schema.format === 'date-time' || schema.format === 'date') delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

/** Answers may gain members: the document does not rule further ones out, as it does for requests. */
function open(node: Place): void {
  plain(node);
  if (node.jsonSchema.additionalProperties === false) delete node.jsonSchema.additionalProperties;
}

function optionsFor(io: Direction) {
  return { io, unrepresentable: 'any' as const, override: io === 'output' ? open : plain };
}

/** A schema as JSON Schema 2020-12, written out. */
export function jsonSchema(schema: z.core.$ZodType, io: Direction): Node {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, optionsFor(io));
  return rest;
}

/** A schema by its name in the document, or written out where it has none. */
export function named(schema: z.ZodType, registry: Registry, io: Direction): Json {
  const id = registry.get(schema)?.id;
  return id === undefined ? jsonSchema(schema, io) : schemaRef(id);
}

/** Every named schema of a registry. */
export function schemasOf(registry: Registry, io: Direction): Json {
  const { schemas } = z.toJSONSchema(registry, { ...optionsFor(io), uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]));
}
