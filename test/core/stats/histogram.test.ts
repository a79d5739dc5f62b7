import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS, bucketOf, type Histogram, isBucket, merged, percentile } from '../../../core/stats/histogram.ts';

/** Whole milliseconds, up to the longest possible attempt plus overhead. */
const durations = fc.array(fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 50 })));
const someDurations = durations.filter(({ length }) => length > 0);
const fraction = fc.double({ min: 0.001, max: 1, noNaN: true });

const histogramOf = (values: readonly number[]): Histogram =>
  values.reduce<Histogram>((sum, value) => merged(sum, { [bucketOf(value)]: 1 }), {});

/** By nearest rank. */
const exactPercentile = (values: readonly number[], share: number) =>
  values.toSorted((one, other) => one - other)[Math.ceil(values.length * share) - 1] ?? 0;

describe('a histogram', () => {
  it('gives percentiles within 2.5 % of the exact ones', () => {
    fc.assert(
      fc.property(someDurations, fraction, (values, share) => {
        const exact = exactPercentile(values, share);
        const said = percentile(histogramOf(values), share) ?? Number.NaN;
        expect(Math.abs(said - exact)).toBeLessThanOrEqual(exact * 0.025);
      }),
    );
  });

  it('merged from others equals that of all their durations', () => {
    fc.assert(
      fc.property(durations, durations, (some, more) => {
        expect(merged(histogramOf(some), histogramOf(more))).toEqual(histogramOf([...some, ...more]));
      }),
    );
  });

  it('never gives less for a larger share', () => {
    fc.assert(
      fc.property(someDurations, fraction, fraction, (values, one, other) => {
        const histogram = histogramOf(values);
        const [lower, upper] = [Math.min(one, other), Math.max(one, other)];
        expect(percentile(histogram, lower)).toBeLessThanOrEqual(percentile(histogram, upper) ?? Number.NaN);
      }),
    );
  });

  it('gives nothing without durations', () => {
    expect(percentile({}, 0.5)).toBeNull();
  });

  it('is exact below 20 ms', () => {
    const short = Array.from({ length: 20 }, (_, value) => value);
    expect(short.map((value) => percentile(histogramOf([value]), 1))).toEqual(short);
  });

  it('has a bucket for every attempt, and puts longer ones into its last bucket', () => {
    expect(bucketOf(60_000)).toBeLessThan(BUCKETS);
    expect(bucketOf(Number.MAX_SAFE_INTEGER)).toBe(BUCKETS - 1);
    const texts = ['0', '1', '227', '228', '-1', '01', '1.5', '', 'x', '__proto__'];
    expect(texts.filter(isBucket)).toEqual(['0', '1', '227']);
  });
});
