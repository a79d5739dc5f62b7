import { Metrics } from '@aws-lambda-powertools/metrics';

/** The namespace of our metrics in CloudWatch. */
export const NAMESPACE = 'Postrider';
/** The value of the dimension `service`, the same for all functions, beside `stage`. A tenant or endpoint is never one. */
export const SERVICE = 'postrider';

/** Every metric that a function emits, with its unit. docs/operations.md says what each counts. */
export const METRICS = {
  /** ingest: events acknowledged with 202. */
  Accepted: 'Count',
  /** deliver: POSTs, and those answered with 2xx. */
  Attempts: 'Count',
  Acknowledged: 'Count',
  /** deliver: attempts after a delivery's first. */
  Retries: 'Count',
  /** deliver: deliveries that ended, acknowledged or dead. */
  Delivered: 'Count',
  Dead: 'Count',
  /** deliver: from a POST's beginning to its end: the receiver's time. */
  AttemptMs: 'Milliseconds',
  /** deliver: from an event's acceptance to the beginning of its first attempt at an endpoint: our time. */
  StartDelayMs: 'Milliseconds',
  /** redrive: deliveries that failed on our side and are sent again by themselves; those whose rounds are used up. */
  OurFaultResent: 'Count',
  OurFaultDead: 'Count',
  /** redrive, each minute: how late the most overdue delivery of the waiting room is. */
  OverdueSeconds: 'Seconds',
  /** redrive, each minute: age of the oldest dead letter, in days. */
  OldestLetterDays: 'None',
  /** redrive, each minute: dead letters that no record explains. */
  LettersUnexplained: 'Count',
  /** redrive, each minute: endpoints whose circuit is not closed. */
  OpenCircuits: 'Count',
  /** heartbeat: 1 if it arrived in time, else 0; how long it took. */
  HeartbeatOk: 'Count',
  HeartbeatMs: 'Milliseconds',
} as const;
export type MetricName = keyof typeof METRICS;

/** What an invocation measured: a value, or a list of values. What is absent is not emitted. */
export type Measured = { readonly [Name in MetricName]?: number | readonly number[] };

/** Emits what an invocation measured, as a line of the log in CloudWatch's embedded metric format; more than 100 values as more lines. */
export type EmitMetrics = (measured: Measured) => void;

/**
 * The way to emit metrics, once per cold start.
 * @param stage the value of the dimension `stage`. Empty: the stage has no metrics, and none are made.
 */
export function createMetrics(stage: string): EmitMetrics | null {
  if (stage === '') return null;
  const metrics = new Metrics({ namespace: NAMESPACE, serviceName: SERVICE, defaultDimensions: { stage } });
  return (measured) => {
    for (const [name, unit] of Object.entries(METRICS)) {
      const values = measured[name as MetricName];
      if (typeof values === 'number') metrics.addMetric(name, unit, values);
      else for (const value of values ?? []) metrics.addMetric(name, unit, value);
    }
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
}
