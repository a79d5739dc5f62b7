import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRICS, type MetricName, NAMESPACE, SERVICE } from './metric-table.ts';

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
