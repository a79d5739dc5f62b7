import * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import type { Figures, Stats } from '../../../core/stats/read.ts';
import { queryTime } from '../../../core/time.ts';
import { count, responseSchemas, tenantQuery, time } from '../common-schemas.ts';

export const statsQuery = z.strictObject({
  from: queryTime.optional().meta({
    description: 'Rounded down to the hour. Default: a day before `to`; at most 31 days before it.',
  }),
  to: queryTime.optional().meta({ description: 'Exclusive; rounded up to the hour. Default and maximum: now.' }),
});

export const tenantStatsQuery = z.strictObject({ ...tenantQuery, ...statsQuery.shape });

const milliseconds = z.number().min(0).nullable();

const bucket = z
  .object({
    hour: time.nullable().meta({ description: 'Start of the hour; null for the total.' }),
    attempts: count,
    delivered: count,
    failed: count,
    success_rate: z.number().min(0).max(1).nullable().meta({ description: 'Null without attempts.' }),
    latency_ms: z
      .object({ p50: milliseconds, p95: milliseconds, p99: milliseconds })
      .meta({ description: 'Of all attempts, including failed ones; within 2.5 %. Null without attempts.' }),
    filter_errors: count.meta({
      description: 'Events on which the filter failed: they did not match.',
    }),
    filter_error: z.string().nullable().meta({ description: 'Why it failed on the first of them.' }),
    filter_undecided: count.meta({
      description: 'Dead deliveries with the `death_reason` filter.',
    }),
  })
  .register(responseSchemas, { id: 'StatsBucket' });

export const statsAnswer = z
  .object({
    from: time.meta({ description: 'Start of the first hour.' }),
    to: time.meta({ description: 'End of the last hour.' }),
    total: bucket,
    hours: z.array(bucket).meta({ description: 'Hours with attempts or filter problems, oldest first.' }),
  })
  .register(responseSchemas, { id: 'Stats' });

/** Statistics in the API's format. */
export function statsOnWire({ from, to, total, hours }: Stats): z.output<typeof statsAnswer> {
  return {
    from: isoTime(from),
    to: isoTime(to),
    total: { hour: null, ...figuresOnWire(total) },
    hours: hours.map(({ hour, ...figures }) => ({ hour: isoTime(hour), ...figuresOnWire(figures) })),
  };
}

function figuresOnWire(figures: Figures) {
  const { attempts, delivered, failed, successRate, latencyMs, filterErrors, filterError, undecided } = figures;
  return {
    attempts,
    delivered,
    failed,
    success_rate: successRate,
    latency_ms: latencyMs,
    filter_errors: filterErrors,
    filter_error: filterError,
    filter_undecided: undecided,
  };
}
