import { describe, expect, it } from 'vitest';
import { amount, duration, share, shortTime, size } from '../../portal/src/words/format.ts';

describe('numbers as people read them', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1 s'],
    [1_250, '1.3 s'],
    [9_949, '9.9 s'],
    [40_000, '40 s'],
    [60_000, '1 min'],
    [5_100_000, '1 h 25 min'],
    [3_605_000, '1 h'],
    [86_400_000, '1 d'],
    [129_600_000, '1 d 12 h'],
  ])('a span of %i ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

  it.each([
    [1, '100%'],
    [0.9999, '99.9%'],
    [0.5, '50%'],
    [0, '0%'],
  ])('a share of %f is %s: nearly all is not all', (value, text) => expect(share(value)).toBe(text));

  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1_023, '1,023 bytes'],
    [1_536, '1.5 KB'],
    [1_048_576, '1 MB'],
  ])('%i bytes are %s', (bytes, text) => expect(size(bytes)).toBe(text));

  it('have the word that their number wants', () => {
    expect(amount(1, 'attempt', 'attempts')).toBe('1 attempt');
    expect(amount(1_000, 'attempt', 'attempts')).toBe('1,000 attempts');
  });

  it("a time of today has no day; another day's has", () => {
    const now = new Date(2026, 0, 2, 12).getTime();

    expect(shortTime(new Date(2026, 0, 2, 9, 5, 7).toISOString(), now)).toMatch(/9:05:07/);
    expect(shortTime(new Date(2026, 0, 1, 9, 5).toISOString(), now)).toMatch(/Jan/);
  });
});
