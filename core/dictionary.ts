import * as z from 'zod';
import { isObject } from './json.ts';

/**
 * An object whose names are the caller's: any of them, `__proto__` too, which `z.record` leaves out without a word. It is
 * read as a Map, in which no name means anything.
 * @param entries how many there may be, and what they are called. More are refused unread: there may be half a million.
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

/** What someone keeps with a thing, for themselves. */
export const metadata = dictionary(
  z.string().min(1, 'Use names of 1 to 256 characters.').max(256, 'Use names of at most 256 characters.'),
  z.string().max(256, 'Use at most 256 characters.'),
  { max: 20, called: 'entries' },
);
