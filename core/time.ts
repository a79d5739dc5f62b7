import * as z from 'zod';

const EARLIEST = Date.parse('0000-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

const RFC_3339 = 'Use RFC 3339, such as 2026-11-22T10:00:00.000Z.';
const OUTSIDE = 'Use a time in the years 0000 to 9999, in UTC.';

/** What has a space where the offset begins: in a query, a plus sign that was not encoded. */
const LOST_PLUS = /^\S+[Tt]\S+ \d\d:\d\d$/;

function timeThat(told: (given: unknown) => string) {
  return z.iso
    .datetime({ offset: true, error: ({ input }) => told(input) })
    .refine((text) => !isOutside(msOf(text)) && !isOutside(boundMs(text)), OUTSIDE);
}

/** Written in UTC, such a time would have no year of four digits, and sort before or after all others. */
const isOutside = (epochMs: number) => epochMs < EARLIEST || epochMs > LATEST;

/** A time that a body gives, with any offset. */
export const givenTime = timeThat(() => RFC_3339);

/** A time that a query gives, with any offset. */
export const queryTime = timeThat((given) =>
  LOST_PLUS.test(String(given)) ? 'A "+" in a query means a space: encode it as %2B.' : RFC_3339,
);

/** A fraction of a second beyond its third digit. */
const FINER = /(\.\d{3})(\d+)/;

/**
 * A time that was taken, in ms since the epoch; what is finer is cut off, since `Date.parse` misreads a long fraction by up
 * to a second.
 */
export function msOf(text: string): number {
  return Date.parse(text.replace(FINER, '$1'));
}

/**
 * The bound that a time is, in ms since the epoch: the first whole millisecond that is not before it. All that is kept has
 * times in whole milliseconds, so what begins at the bound begins at the time, and what ends at it ends there.
 */
export function boundMs(text: string): number {
  const [, , finer = ''] = FINER.exec(text) ?? [];
  return msOf(text) + (/[1-9]/.test(finer) ? 1 : 0);
}
