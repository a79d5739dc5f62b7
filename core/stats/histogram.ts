/**
 * Durations counted by bucket: the key is a bucket's number, the value its count. Each bucket ends 5 % above the one
 * below, so that histograms merge by adding, and a percentile of any merged set is within 2.5 % of the true value.
 * Source: DDSketch (Masson, Rim, Lee; VLDB 2019).
 */
export type Histogram = Readonly<Record<string, number>>;

const GROWTH = 1.05;
const LOG_GROWTH = Math.log(GROWTH);

/** Bucket 0 is for 0 ms, 1 for 1 ms, the last for everything from a minute on: no attempt may last that long. */
export const BUCKETS = 228;

/** The bucket of a duration in whole milliseconds. */
export function bucketOf(durationMs: number): number {
  if (durationMs < 1) return 0;
  return Math.min(1 + Math.ceil(Math.log(durationMs) / LOG_GROWTH), BUCKETS - 1);
}

/** The value within 2.5 % of every duration of a bucket, in ms. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 0 : (2 * GROWTH ** (bucket - 1)) / (1 + GROWTH);
}

/** Whether a text is the number of a bucket. */
export function isBucket(text: string): boolean {
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) < BUCKETS;
}

/** The sum of two histograms. */
export function merged(one: Histogram, other: Histogram): Histogram {
  const sum: Record<string, number> = { ...one };
  for (const [bucket, count] of Object.entries(other)) sum[bucket] = (sum[bucket] ?? 0) + count;
  return sum;
}

/**
 * The duration that this fraction of all durations does not exceed, in ms; null for an empty histogram.
 * @param fraction above 0, up to 1: 0.5 is the median.
 */
export function percentile(histogram: Histogram, fraction: number): number | null {
  // JavaScript orders integer keys numerically.
  const counts = Object.entries(histogram);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.ceil(total * fraction);
  for (const [bucket, count] of counts) {
    left -= count;
    if (left <= 0) return inDigits(middleOf(Number(bucket)));
  }
  return null;
}

/** Below 20 ms no two whole numbers share a bucket, so the result is exact. */
function inDigits(value: number): number {
  return value < 20 ? Math.round(value) : Number(value.toPrecision(4));
}
