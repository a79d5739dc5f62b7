import type { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { type MetricName, NAMESPACE, SERVICE } from '../../lambdas/runtime/metrics.ts';
import type { Stage } from '../stage.ts';

/** `Sum`, `Average`, `Maximum`, `Minimum`, `SampleCount`, or a percentile such as `p95`. */
export type Statistic = 'Sum' | 'Average' | 'Maximum' | 'Minimum' | 'SampleCount' | `p${number}`;

/** What the access log's filter counts: requests to publish that API Gateway answered with 429. */
export const THROTTLED_REQUESTS = 'PublishThrottled';

/** A metric of our functions. */
export const own = (stage: Stage, metricName: MetricName, statistic: Statistic, period: Duration) =>
  new Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { service: SERVICE, stage: stage.name },
    statistic,
    period,
  });

// Source of the following: the pages "metrics and dimensions" of each service's developer guide, which
// test/stacks/aws-metrics.ts cites.
type LambdaMetric = 'Errors' | 'Throttles' | 'Invocations' | 'Duration' | 'ConcurrentExecutions';

/** A metric of one function, or of all in the account and Region. */
export const lambda = (of: IFunction | 'all', metricName: LambdaMetric, statistic: Statistic, period: Duration) =>
  new Metric({
    namespace: 'AWS/Lambda',
    metricName,
    ...(of !== 'all' && { dimensionsMap: { FunctionName: of.functionName } }),
    statistic,
    period,
  });

type QueueMetric =
  | 'ApproximateNumberOfMessagesVisible'
  | 'ApproximateAgeOfOldestMessage'
  | 'ApproximateAgeOfOldestMessageInQuietGroups'
  | 'ApproximateNumberOfNoisyGroups'
  | 'NumberOfMessagesReceived';

export const sqs = (of: Queue, metricName: QueueMetric, statistic: Statistic, period: Duration) =>
  new Metric({ namespace: 'AWS/SQS', metricName, dimensionsMap: { QueueName: of.queueName }, statistic, period });

type TableMetric =
  | 'ReadThrottleEvents'
  | 'WriteThrottleEvents'
  | 'ConsumedReadCapacityUnits'
  | 'ConsumedWriteCapacityUnits';

/** A metric of a table, which leaves out its indexes, or of one index. */
export const dynamodb = (
  of: TableV2,
  metricName: TableMetric,
  statistic: Statistic,
  period: Duration,
  index?: string,
) =>
  new Metric({
    namespace: 'AWS/DynamoDB',
    metricName,
    dimensionsMap: { TableName: of.tableName, ...(index !== undefined && { GlobalSecondaryIndexName: index }) },
    statistic,
    period,
  });

type GatewayMetric = '4xx' | '5xx' | 'Count' | 'Latency';

/** A metric of the API, or of one route, which needs detailed metrics. */
export const gateway = (
  of: HttpApi,
  metricName: GatewayMetric,
  statistic: Statistic,
  period: Duration,
  route?: { readonly method: string; readonly path: string },
) =>
  new Metric({
    namespace: 'AWS/ApiGateway',
    metricName,
    dimensionsMap: {
      ApiId: of.apiId,
      Stage: '$default',
      ...(route !== undefined && { Method: route.method, Resource: route.path }),
    },
    statistic,
    period,
  });

export const logs = (logGroupName: string, period: Duration) =>
  new Metric({
    namespace: 'AWS/Logs',
    metricName: 'IncomingBytes',
    dimensionsMap: { LogGroupName: logGroupName },
    statistic: 'Sum',
    period,
  });

/** A calculation with metrics, by the names that it uses. */
export const math = (
  expression: string,
  usingMetrics: Readonly<Record<string, IMetric>>,
  period: Duration,
  label?: string,
) => new MathExpression({ expression, usingMetrics, period, ...(label !== undefined && { label }) });

/**
 * One number of several metrics, of which any may be silent: a silent one counts as 0.
 *
 * A metric that arrives late is silent at first, so the newest period may be too small, and an alarm needs room for it:
 * fewer points than periods. Source: CloudWatch user guide, "Metric math", FILL.
 */
export function together(how: 'SUM' | 'MAX', metrics: readonly Metric[], period: Duration, label?: string) {
  const named = Object.fromEntries(metrics.map((metric, i) => [`m${i + 1}`, metric]));
  const filled = Object.keys(named).map((name) => `FILL(${name}, 0)`);
  return math(`${how}([${filled.join(', ')}])`, named, period, label);
}
