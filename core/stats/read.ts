import type { Clock } from '../clock.ts';
import { DAY_MS, HOUR_MS } from '../durations.ts';
import type { TimeRange } from '../listing/page.ts';
import { Problem } from '../problem.ts';
import { merged, percentile } from './histogram.ts';
import type { StatsReader } from './store.ts';
import { attemptsIn, type HourCounts, hourOf } from './tally.ts';

/** Statistics of attempts. Rate and percentiles are null without attempts. */
export interface Figures {
  attempts: number;
  delivered: number;
  failed: number;
  /** From 0 to 1. */
  successRate: number | null;
  /** In ms, within 2.5 %. */
  latencyMs: { p50: number | null; p95: number | null; p99: number | null };
  /** Events on which the endpoint's filter failed: they did not match. */
  filterErrors: number;
  /** Why it failed on the first of them; null if it never failed. */
  filterError: string | null;
  /** Undecided events: dead deliveries without any attempt. */
  undecided: number;
}

/** The statistics of an endpoint, a tenant, or all tenants. */
export interface Stats {
  /** Start of the first hour and end of the last, in ms since the epoch. */
  from: number;
  to: number;
  total: Figures;
  /** Hours with attempts or filter problems, oldest first. */
  hours: (Figures & { hour: number })[];
}

const DAYS_MAX = 31;

/** Whose statistics to read: an endpoint's, or those of all endpoints of a tenant; of null, of all tenants. */
export type StatsOf = { endpointId: string } | { tenant: string | null };

/**
 * Reads statistics, in whole hours: `from` is rounded down, and `to` (at most now) is rounded up. By
 * default, the range is the day that ends now.
 * @throws Problem `invalid` for a range that is empty or longer than 31 days.
 */
export async function readStats(
  whose: StatsOf,
  range: TimeRange,
  { stats, clock }: { stats: StatsReader; clock: Clock },
): Promise<Stats> {
  const { from, to } = wholeHours(range, clock());
  const hours =
    'endpointId' in whose ? await stats.hours(whose.endpointId, from, to) : await stats.sums(whose.tenant, from, to);
  const figures = hours.map((one) => ({ hour: one.hour, ...figuresOf(one) }));
  return { from, to, total: figuresOf(sumOf(hours)), hours: figures };
}

function wholeHours(range: TimeRange, nowMs: number): { from: number; to: number } {
  // There are no statistics of the future.
  const to = Math.min(range.to ?? nowMs, nowMs);
  const from = range.from ?? to - DAY_MS;
  if (from < 0) throw refused('Use a time from 1970 on.');
  if (from > nowMs) throw refused('Use a time in the past.');
  if (from >= to) throw refused('Use a time before "to".');
  if (to - from > DAYS_MAX * DAY_MS) throw refused(`Use a time at most ${DAYS_MAX} days before "to".`);
  return { from: hourOf(from), to: hourOf(to - 1) + HOUR_MS };
}

function refused(message: string): Problem {
  return new Problem('invalid', 'The time range is not valid: correct the fields named in errors.', {
    faults: [{ path: 'from', message }],
  });
}

type Counted = Omit<HourCounts, 'hour'>;

function sumOf(hours: readonly Counted[]): Counted {
  return hours.reduce<Counted>(
    (sum, one) => ({
      delivered: sum.delivered + one.delivered,
      failed: sum.failed + one.failed,
      latency: merged(sum.latency, one.latency),
      filterErrors: (sum.filterErrors ?? 0) + (one.filterErrors ?? 0),
      filterError: sum.filterError ?? one.filterError,
      undecided: (sum.undecided ?? 0) + (one.undecided ?? 0),
    }),
    { delivered: 0, failed: 0, latency: {} },
  );
}

function figuresOf({ delivered, failed, latency, filterErrors, filterError, undecided }: Counted): Figures {
  const attempts = attemptsIn({ delivered, failed });
  return {
    attempts,
    delivered,
    failed,
    successRate: attempts === 0 ? null : delivered / attempts,
    latencyMs: { p50: percentile(latency, 0.5), p95: percentile(latency, 0.95), p99: percentile(latency, 0.99) },
    filterErrors: filterErrors ?? 0,
    filterError: filterError ?? null,
    undecided: undecided ?? 0,
  };
}
