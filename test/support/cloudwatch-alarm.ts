import * as z from 'zod';
import { evaluate, type Series } from './metric-math.ts';

/**
 * What CloudWatch makes of metrics and alarms, as far as our alarms use it. Sources, all in the CloudWatch user guide:
 * "Embedded metric format: Specification" (what a log line adds to a metric), "Statistics definitions", "Using metric
 * math" (see metric-math.ts), "Evaluating an alarm" and "Configuring how CloudWatch alarms treat missing data" (the rules
 * of `stateAt`).
 */

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

const emfLine = z.looseObject({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
});
const oneOrMore = z.union([z.number(), z.array(z.number()).max(100)]);

/** A metric as a template names it. */
const metric = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })).default([]),
});
export type MetricId = z.input<typeof metric>;

/** The properties of `AWS::CloudWatch::Alarm`. */
export const alarmProperties = z.object({
  AlarmName: z.string(),
  ComparisonOperator: z.enum([
    'GreaterThanThreshold',
    'GreaterThanOrEqualToThreshold',
    'LessThanThreshold',
    'LessThanOrEqualToThreshold',
  ]),
  Threshold: z.number(),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.number(),
  TreatMissingData: z.enum(['breaching', 'notBreaching', 'ignore', 'missing']),
  Period: z.number().optional(),
  Statistic: z.string().optional(),
  ExtendedStatistic: z.string().optional(),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: metric.shape.Dimensions,
  Metrics: z
    .array(
      z.object({
        Id: z.string(),
        Expression: z.string().optional(),
        MetricStat: z.object({ Metric: metric, Period: z.number(), Stat: z.string() }).optional(),
        ReturnData: z.boolean().default(true),
      }),
    )
    .optional(),
});
export type AlarmProperties = z.output<typeof alarmProperties>;

interface Datum {
  readonly atMs: number;
  readonly value: number;
}

/** Metrics as they were reported, and alarms over them. */
export class CloudWatch {
  readonly #metrics = new Map<string, Datum[]>();
  /** The value of SERVICE_QUOTA. */
  quota = 1_000;

  report(id: MetricId, atMs: number, ...values: readonly number[]): void {
    const key = keyOf(id);
    const data = this.#metrics.get(key) ?? [];
    data.push(...values.map((value) => ({ atMs, value })));
    this.#metrics.set(key, data);
  }

  /** A line of a function's log. @returns whether it holds metrics. @throws ZodError if CloudWatch would drop them. */
  log(line: string): boolean {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== 'object' || parsed === null || !('_aws' in parsed)) return false;
    const emf = emfLine.parse(parsed);
    for (const { Namespace, Dimensions, Metrics } of emf._aws.CloudWatchMetrics) {
      for (const { Name } of Metrics) {
        const values = [oneOrMore.parse(emf[Name])].flat();
        for (const names of Dimensions) {
          const dimensions = names.map((name) => ({ Name: name, Value: z.string().parse(emf[name]) }));
          this.report({ Namespace, MetricName: Name, Dimensions: dimensions }, emf._aws.Timestamp, ...values);
        }
      }
    }
    return true;
  }

  /** An alarm's state at a time, which must be the end of a period: of a sequence of states, the last one. */
  stateAt(atMs: number, alarm: AlarmProperties, before: AlarmState = 'INSUFFICIENT_DATA'): AlarmState {
    const { EvaluationPeriods: n, DatapointsToAlarm: m, TreatMissingData: silence } = alarm;
    // "CloudWatch attempts to retrieve a higher number of data points than the number specified as Evaluation Periods";
    // its tables show two more.
    const known = this.points(alarm, atMs, n + 2).filter((point) => point !== undefined);
    if (known.length === 0 && silence === 'missing') return 'INSUFFICIENT_DATA';
    if (known.length === 0 && silence === 'ignore') return before;
    const isBreaching = comparison(alarm);
    const newest = known.slice(-n);
    // Only what is missing after that is filled.
    const filled = silence === 'breaching' ? n - newest.length : 0;
    return newest.filter(isBreaching).length + filled >= m ? 'ALARM' : 'OK';
  }

  /** The newest points of what an alarm looks at, oldest first, up to a time. */
  points(alarm: AlarmProperties, atMs: number, count: number): Series {
    const periodMs = periodOf(alarm) * 1000;
    const ends = Array.from({ length: count }, (_, i) => atMs - (count - 1 - i) * periodMs);
    const series = (id: MetricId, stat: string) => ends.map((end) => this.#statistic(id, stat, end - periodMs, end));
    if (alarm.Metrics === undefined) {
      const { Namespace = '', MetricName = '', Dimensions, Statistic, ExtendedStatistic } = alarm;
      return series({ Namespace, MetricName, Dimensions }, Statistic ?? ExtendedStatistic ?? '');
    }
    const named: Record<string, Series> = {};
    for (const { Id, MetricStat } of alarm.Metrics) {
      if (MetricStat !== undefined) named[Id] = series(MetricStat.Metric, MetricStat.Stat);
    }
    const returned = alarm.Metrics.find(({ ReturnData }) => ReturnData);
    if (returned === undefined) throw new Error(`${alarm.AlarmName} returns nothing.`);
    if (returned.Expression === undefined) return named[returned.Id] ?? [];
    return evaluate(returned.Expression, named, { length: count, quota: this.quota });
  }

  #statistic(id: MetricId, stat: string, fromMs: number, toMs: number): number | undefined {
    const values = (this.#metrics.get(keyOf(id)) ?? [])
      .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
      .map(({ value }) => value)
      .toSorted((a, b) => a - b);
    if (values.length === 0) return undefined;
    const sum = values.reduce((total, value) => total + value, 0);
    if (stat === 'Sum') return sum;
    if (stat === 'Average') return sum / values.length;
    if (stat === 'SampleCount') return values.length;
    if (stat === 'Minimum') return values[0];
    if (stat === 'Maximum') return values.at(-1);
    const percentile = /^p(\d+(?:\.\d+)?)$/.exec(stat)?.[1];
    if (percentile === undefined) throw new Error(`Unknown statistic: ${stat}`);
    // "The value below which so many percent of the data are": the nearest rank.
    return values[Math.max(0, Math.ceil((Number(percentile) / 100) * values.length) - 1)];
  }
}

/** An alarm's period in seconds. */
export const periodOf = ({ Period, Metrics }: AlarmProperties): number =>
  Period ?? Metrics?.find(({ MetricStat }) => MetricStat !== undefined)?.MetricStat?.Period ?? 60;

/** The metrics that an alarm looks at, each of which is billed, with their statistics. */
export function metricsOf(alarm: AlarmProperties): { id: z.output<typeof metric>; stat: string }[] {
  if (alarm.Metrics !== undefined) {
    return alarm.Metrics.flatMap(({ MetricStat }) =>
      MetricStat === undefined ? [] : [{ id: MetricStat.Metric, stat: MetricStat.Stat }],
    );
  }
  const { Namespace = '', MetricName = '', Dimensions, Statistic, ExtendedStatistic } = alarm;
  return [{ id: { Namespace, MetricName, Dimensions }, stat: Statistic ?? ExtendedStatistic ?? '' }];
}

function comparison({ ComparisonOperator, Threshold }: AlarmProperties): (value: number) => boolean {
  switch (ComparisonOperator) {
    case 'GreaterThanThreshold':
      return (value) => value > Threshold;
    case 'GreaterThanOrEqualToThreshold':
      return (value) => value >= Threshold;
    case 'LessThanThreshold':
      return (value) => value < Threshold;
    case 'LessThanOrEqualToThreshold':
      return (value) => value <= Threshold;
  }
}

function keyOf(id: MetricId): string {
  const { Namespace, MetricName, Dimensions } = metric.parse(id);
  const dimensions = Dimensions.map(({ Name, Value }) => `${Name}=${JSON.stringify(Value)}`).toSorted();
  return [Namespace, MetricName, ...dimensions].join('|');
}
