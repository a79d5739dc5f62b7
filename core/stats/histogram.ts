/**
 * Durations counted by bucket: the key is a bucket's number, the value how many durations fell into it. Each bucket ends
 * 5 % above the one below, so that histograms of the same making merge by adding, and what a percentile says of any set
 * of them is within 2.5 % of the truth. Source: DDSketch (Masson, Rim, Lee; VLDB 2019).
 */
export type Histogram = Readonly<Record<string, number>>;

const GROWTH = 1.05;
const LOG_GROWTH = Math.log(GROWTH);

/** Bucket 0 is for no time at all, 1 for 1 ms, the last for everything from a minute on: no attempt may last as long. */
export const BUCKETS = 228;

/** The bucket of a duration in whole milliseconds. */
export function bucketOf(durationMs: number): number {
  if (durationMs < 1) return 0;
  return Math.min(1 + Math.ceil(Math.log(durationMs) / LOG_GROWTH), BUCKETS - 1);
}

/** The value that is at most 2.5 % away from every duration of a bucket, in ms. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 0 : (2 * GROWTH ** (bucket - 1)) / (1 + GROWTH);
}

/** Whether a text is the number of a bucket. */
export function isBucket(text: string): boolean {
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) < BUCKETS;
}

/** What one would have counted who had seen all that both have. */
export function merged(one: Histogram, other: Histogram): Histogram {
  const sum: Record<string, number> = { ...one };
  for (const [bucket, count] of Object.entries(other)) sum[bucket] = (sum[bucket] ?? 0) + count;
  return sum;
}

/**
 * The duration that so many of all durations do not exceed, in ms; null of none at all.
 * @param fraction above 0, up to 1: 0.5 is the median.
 */
export function percentile(histogram: Histogram, fraction: number): number | null {
  // Names that are whole numbers stand in numerical order.
  const counts = Object.entries(histogram);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.ceil(total * fraction);
  for (const [bucket, count] of counts) {
    left -= count;
    if (left <= 0) return inDigits(middleOf(Number(bucket)));
  }
  return null;
}

/** Below 20 ms no two whole numbers share a bucket's middle: there it is exact. */
function inDigits(value: number): number {
  return value < 20 ? Math.round(value) : Number(value.toPrecision(4));
}
