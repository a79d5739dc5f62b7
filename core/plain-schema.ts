import * as z from 'zod';
import { dictionaryIn, plainTexts } from './dictionary.ts';

type PlainShape<Shape extends z.ZodRawShape> = { [Name in keyof Shape]: z.ZodType<z.output<Shape[Name]>> };

/**
 * The members of a request as an answer shows them: of the same types, without the request's rules. A stored value may be
 * older than a rule, and must still be shown.
 */
export function shownShape<Shape extends z.ZodRawShape>(shape: Shape): PlainShape<Shape>;
export function shownShape(shape: z.ZodRawShape): z.ZodRawShape {
  return mapShape(shape, (schema) => plain(schema, shownShape));
}

/** The same as they are read from storage: a member that an older item lacks has its default. */
export function storedShape<Shape extends z.ZodRawShape>(shape: Shape): PlainShape<Shape>;
export function storedShape(shape: z.ZodRawShape): z.ZodRawShape {
  return mapShape(shape, (schema) => {
    const stored = plain(schema, storedShape);
    return hasDefault(schema) ? stored.default(() => z.parse(schema, undefined)) : stored;
  });
}

/** Whether a schema has a value for an absent member. */
export function hasDefault(schema: z.core.$ZodType): schema is z.ZodDefault | z.ZodPrefault {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
}

type ShapeOf = (shape: z.ZodRawShape) => z.ZodRawShape;

function mapShape(shape: z.ZodRawShape, change: (schema: z.core.$ZodType) => z.ZodType): z.ZodRawShape {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, change(schema)]));
}

function plain(schema: z.core.$ZodType, shapeOf: ShapeOf): z.ZodType {
  if (hasDefault(schema)) return plain(schema.unwrap(), shapeOf);
  if (schema instanceof z.ZodNullable) return plain(schema.unwrap(), shapeOf).nullable();
  if (schema instanceof z.ZodString || schema instanceof z.ZodStringFormat) return z.string();
  // Every whole number of a request is a count.
  if (schema instanceof z.ZodNumber) return schema.isInt ? z.int().min(0) : z.number();
  if (schema instanceof z.ZodBoolean) return z.boolean();
  if (schema instanceof z.ZodEnum) return z.enum(schema.enum);
  if (schema instanceof z.ZodArray) return z.array(plain(schema.element, shapeOf));
  if (schema instanceof z.ZodObject) return z.object(shapeOf(schema.shape));
  if (dictionaryIn(schema)?.valueType instanceof z.ZodString) return plainTexts;
  throw new Error(`core/plain-schema.ts does not know this kind of schema yet: ${schema._zod.def.type}`);
}
