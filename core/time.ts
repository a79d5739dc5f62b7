import * as z from 'zod';

const EARLIEST = Date.parse('0000-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

const RFC_3339 = 'Use RFC 3339, such as 2026-11-22T10:00:00.000Z.';
const OUTSIDE = 'Use a time in the years 0000 to 9999, in UTC.';

/** A time with a space where the offset begins: in a query, a plus sign that was not encoded. */
const LOST_PLUS = /^\S+[Tt]\S+ \d\d:\d\d$/;

function timeSchema(message: (given: unknown) => string) {
  return z.iso
    .datetime({ offset: true, error: ({ input }) => message(input) })
    .refine((text) => !isOutside(msOf(text)) && !isOutside(boundMs(text)), OUTSIDE);
}

/** In UTC, such a time has no four-digit year, and would sort before or after all others. */
const isOutside = (epochMs: number) => epochMs < EARLIEST || epochMs > LATEST;

/** A time in a body, with any offset. */
export const givenTime = timeSchema(() => RFC_3339);

/** A time in a query, with any offset. */
export const queryTime = timeSchema((given) =>
  LOST_PLUS.test(String(given)) ? 'A "+" in a query means a space: encode it as %2B.' : RFC_3339,
);

/** The digits of a fraction of a second after the third. */
const FINER = /(\.\d{3})(\d+)/;

/**
 * A validated time, in ms since the epoch. Finer digits are cut off, since `Date.parse` misreads a long fraction by up
 * to a second.
 */
export function msOf(text: string): number {
  return Date.parse(text.replace(FINER, '$1'));
}

/**
 * A time as a bound of a range, in ms since the epoch, rounded up to a whole millisecond. Stored times are whole
 * milliseconds, so a range with this bound holds the same items as one with the exact time.
 */
export function boundMs(text: string): number {
  const [, , finer = ''] = FINER.exec(text) ?? [];
  return msOf(text) + (/[1-9]/.test(finer) ? 1 : 0);
}
