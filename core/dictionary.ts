import * as z from 'zod';
import { isObject } from './json.ts';

/**
 * An object with any names that the caller chooses, `__proto__` included, which `z.record` silently drops. It is read
 * as a Map, in which no name is special.
 * @param entries how many there may be, and what they are called. More are rejected unread: there may be half a
 * million.
 */
export function dictionary<Value extends z.ZodType>(
  name: z.ZodType<string>,
  value: Value,
  entries: { max: number; called: string },
) {
  return z
    .preprocess(
      (given, context) => {
        if (!isObject(given)) return given;
        if (Object.keys(given).length <= entries.max) return new Map(Object.entries(given));
        context.addIssue(`Use at most ${entries.max} ${entries.called}.`);
        return z.NEVER;
      },
      z.map(name, value, { error: 'Use an object.' }),
    )
    .transform((read): Record<string, z.output<Value>> => Object.fromEntries(read))
    .meta({ maxProperties: entries.max });
}

/** The names and values of a dictionary's schema; undefined if it is no dictionary. */
export function dictionaryIn(schema: z.core.$ZodType): z.ZodMap | undefined {
  if (schema instanceof z.ZodMap) return schema;
  return schema instanceof z.ZodPipe ? (dictionaryIn(schema.in) ?? dictionaryIn(schema.out)) : undefined;
}

/** A dictionary of texts that was checked when it came in. Unlike `z.record`, it keeps the name `__proto__`. */
export const plainTexts = z
  .custom<Record<string, string>>(
    (given) => isObject(given) && Object.values(given).every((value) => typeof value === 'string'),
  )
  .meta({ type: 'object', propertyNames: { type: 'string' }, additionalProperties: { type: 'string' } });

/** Free-form metadata that a user keeps with an object. */
export const metadata = dictionary(
  z.string().min(1, 'Use names of 1 to 256 characters.').max(256, 'Use names of at most 256 characters.'),
  z.string().max(256, 'Use at most 256 characters.'),
  { max: 20, called: 'entries' },
);
