import * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import type { EndpointStats, Figures } from '../../../core/stats/read.ts';
import { queryTime } from '../../../core/time.ts';
import { answerSchemas, count, time } from './common.ts';

export const statsQuery = z.strictObject({
  from: queryTime.optional().meta({
    description: 'The hour that it is in is the first. Default: a day before `to`; at most 31 days before it.',
  }),
  to: queryTime
    .optional()
    .meta({ description: 'Exclusive; the hour that it ends in counts whole. Default, and the latest: now.' }),
});

const milliseconds = z.number().min(0).nullable();

const bucket = z
  .object({
    hour: time.nullable().meta({ description: 'When the hour begins; null for the total.' }),
    attempts: count,
    delivered: count,
    failed: count,
    success_rate: z.number().min(0).max(1).nullable().meta({ description: 'Null where there was no attempt.' }),
    latency_ms: z
      .object({ p50: milliseconds, p95: milliseconds, p99: milliseconds })
      .meta({ description: 'Of all attempts, failed ones included, within 2.5 %. Null where there was none.' }),
    filter_errors: count.meta({
      description: 'Events at which the filter failed: they did not match.',
    }),
    filter_error: z.string().nullable().meta({ description: 'Why it failed at the first of them.' }),
    filter_undecided: count.meta({
      description: 'Dead deliveries of the `death_reason` filter.',
    }),
  })
  .register(answerSchemas, { id: 'StatsBucket' });

export const statsAnswer = z
  .object({
    from: time.meta({ description: 'When the first hour begins.' }),
    to: time.meta({ description: 'When the last hour ends.' }),
    total: bucket,
    hours: z.array(bucket).meta({ description: 'The hours with attempts or trouble with the filter, oldest first.' }),
  })
  .register(answerSchemas, { id: 'Stats' });

/** An endpoint's statistics as people see them. */
export function statsOnWire({ from, to, total, hours }: EndpointStats): z.output<typeof statsAnswer> {
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
