import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoTime } from '../../core/clock.ts';
import { boundMs, givenTime, msOf, queryTime } from '../../core/time.ts';

const wordsOf = (schema: typeof givenTime, text: unknown) =>
  schema.safeParse(text).error?.issues[0]?.message ?? 'taken';

describe('a time that is given', () => {
  it.each([
    ['2026-01-01T00:00:00+14:00', '2025-12-31T10:00:00.000Z'],
    ['2026-01-01T00:00:00-00:00', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T00:00:00.123456789Z', '2026-01-01T00:00:00.123Z'],
    ['2026-01-01T00:00:00.000999999999999Z', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00.500Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
    ['0000-01-01T23:59:00+23:59', '0000-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['9999-12-31T00:00:59-23:59', '9999-12-31T23:59:59.000Z'],
  ])('%s means %s', (text, meant) => {
    expect([wordsOf(givenTime, text), isoTime(msOf(text))]).toEqual(['taken', meant]);
  });

  it.each([
    '9999-12-31T23:59:59-23:59',
    '9999-12-31T23:59:00-00:01',
    '9999-12-31T23:59:59.9999Z',
    '0000-01-01T00:00:00+23:59',
    '0000-01-01T00:00:00+00:01',
  ])('%s is refused: in UTC its year does not have four digits', (text) => {
    for (const schema of [givenTime, queryTime]) expect(wordsOf(schema, text)).toMatch(/years 0000 to 9999/);
  });

  it.each([
    '2026-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2016-12-31T23:59:60Z',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00',
    '12026-01-01T00:00:00Z',
    '-00001-01-01T00:00:00Z',
    '',
    1_700_000_000,
    null,
  ])('%s is refused', (given) => {
    for (const schema of [givenTime, queryTime]) expect(wordsOf(schema, given)).toMatch(/^Use RFC 3339/);
  });

  it('is written in UTC with a four-digit year, whatever was given', () => {
    const digits = (most: number, length = 2) => fc.nat(most).map((number) => String(number).padStart(length, '0'));
    const offset = fc.oneof(
      fc.constant('Z'),
      fc.tuple(fc.constantFrom('+', '-'), digits(23), digits(59)).map(([sign, h, m]) => `${sign}${h}:${m}`),
    );
    const year = fc.oneof(fc.constantFrom('0000', '0001', '9998', '9999'), digits(9999, 4));
    const text = fc
      .tuple(year, digits(13), digits(32), digits(25), digits(61), digits(61), offset)
      .map(([y, mo, d, h, mi, s, o]) => `${y}-${mo}-${d}T${h}:${mi}:${s}${o}`);
    fc.assert(
      fc.property(text, (given) => {
        if (wordsOf(givenTime, given) === 'taken') expect(isoTime(msOf(given))).toMatch(/^\d{4}-/);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a time in a query', () => {
  it.each(['2026-01-01T00:00:00 01:00', '2026-01-01t00:00:00.123 14:00'])(
    'that lost its plus sign, such as %s, is refused with the correct spelling',
    (text) => {
      expect(wordsOf(queryTime, text)).toMatch(/%2B/);
      expect(wordsOf(givenTime, text)).not.toMatch(/%2B/);
    },
  );
});

describe('a time as the bound of a range', () => {
  it.each([
    ['2026-11-22T10:00:00Z', 0],
    ['2026-11-22T11:00:00.000000+01:00', 0],
    ['2026-11-22T10:00:00.0001Z', 1],
    ['2026-11-22T10:00:00.000999999999Z', 1],
    ['2026-11-22T10:00:00.001000Z', 1],
    ['2026-11-22T10:00:00.0019Z', 2],
    ['2026-11-22T10:00:00.1Z', 100],
  ])('of %s is the first millisecond that is not before it', (text, ms) => {
    expect(boundMs(text) - Date.parse('2026-11-22T10:00:00Z')).toBe(ms);
  });
});
