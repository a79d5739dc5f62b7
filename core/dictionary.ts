import * as z from 'zod';
import { isObject } from './json.ts';

/**
 * An object whose names are the caller's: any of them, `__proto__` too, which `z.record` leaves out without a word. It is
 * read as a Map, in which no name means anything.
 */
export function dictionary<Value extends z.ZodType>(name: z.ZodType<string>, value: Value) {
  return z
    .preprocess(
      (given) => (isObject(given) ? new Map(Object.entries(given)) : given),
      z.map(name, value, { error: 'Use an object.' }),
    )
    .transform((entries): Record<string, z.output<Value>> => Object.fromEntries(entries));
}

/** What someone keeps with a thing, for themselves. */
export const metadata = dictionary(
  z.string().min(1, 'Use names of 1 to 256 characters.').max(256, 'Use names of at most 256 characters.'),
  z.string().max(256, 'Use at most 256 characters.'),
)
  .refine((entries) => Object.keys(entries).length <= 20, 'Use at most 20 entries.')
  .meta({ maxProperties: 20 });
