import * as z from 'zod';
import type { responseSchemas } from '../common-schemas.ts';

export type Json = Record<string, unknown>;

type Registry = typeof responseSchemas;
/** `input` for requests, `output` for responses. */
export type Direction = 'input' | 'output';

type Node = z.core.JSONSchema.BaseSchema;

/** A reference to a schema of the document. */
export const schemaRef = (id: string) => ({ $ref: `#/components/schemas/${id}` });

interface Place {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: Node;
}

/** Drops noise: zod's pattern of a date, and the largest safe integer. */
function plain({ zodSchema, jsonSchema: schema }: Place): void {
  // A Map is an object on the wire.
  if (zodSchema instanceof z.ZodMap) {
    const [propertyNames, additionalProperties] = [zodSchema.keyType, zodSchema.valueType].map((one) =>
      jsonSchema(one, 'input'),
    );
    Object.assign(schema, { type: 'object', propertyNames, additionalProperties });
  }
  if (schema.format === 'date-time' || schema.format === 'date') delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

/** Responses may gain members, so the document does not forbid unknown ones, as it does for requests. */
function open(node: Place): void {
  plain(node);
  if (node.jsonSchema.additionalProperties === false) delete node.jsonSchema.additionalProperties;
}

function optionsFor(io: Direction) {
  return { io, unrepresentable: 'any' as const, override: io === 'output' ? open : plain };
}

/** A schema as inline JSON Schema 2020-12. */
export function jsonSchema(schema: z.core.$ZodType, io: Direction): Node {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, optionsFor(io));
  return rest;
}

/** A reference to a schema in the document, or the inline schema if it has no name. */
export function named(schema: z.ZodType, registry: Registry, io: Direction): Json {
  const id = registry.get(schema)?.id;
  return id === undefined ? jsonSchema(schema, io) : schemaRef(id);
}

/** Every named schema of a registry, by name: the order in which modules load is no order for a reader. */
export function schemasOf(registry: Registry, io: Direction): Json {
  const { schemas } = z.toJSONSchema(registry, { ...optionsFor(io), uri: (id) => `#/components/schemas/${id}` });
  const byName = Object.entries(schemas).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(byName.map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]));
}
