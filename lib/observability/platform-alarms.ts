import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { NAMESPACE } from '../../lambdas/runtime/metrics.ts';
import { RunbookAlarm } from '../constructs/runbook-alarm.ts';
import { ledgerIndexes } from '../stacks/state-stack.ts';
import type { Stage } from '../stage.ts';
import { dynamodb, lambda, math, THROTTLED_REQUESTS, together } from './metrics.ts';
import type { Watched } from './watched.ts';

const minute = Duration.minutes(1);
const fiveMinutes = Duration.minutes(5);

/** Requests to publish that API Gateway refused: what the filter of the access log counts. */
export const throttledRequests = (stage: Stage) =>
  new Metric({
    namespace: NAMESPACE,
    metricName: THROTTLED_REQUESTS,
    dimensionsMap: { stage: stage.name },
    statistic: 'Sum',
    period: fiveMinutes,
  });

/** The functions, by their names in `lambdas/`. */
export const functionsOf = ({ pipeline, api }: Watched) => ({
  ingest: api.ingest.lambda,
  fanout: pipeline.fanout.lambda,
  deliver: pipeline.deliver.lambda,
  redrive: pipeline.redrive.lambda,
  api: api.management.lambda,
});

export const quotaUsed = () =>
  math(
    '100 * running / SERVICE_QUOTA(running)',
    { running: lambda('all', 'ConcurrentExecutions', 'Maximum', minute) },
    minute,
    "% of the account's quota",
  );

/** Reads and writes that DynamoDB throttled: of both tables, and of the ledger's indexes, whose writes hold up its own. */
export function storeThrottles({ state: { registry, ledger } }: Watched) {
  const places = [[registry], [ledger], ...ledgerIndexes.map((index) => [ledger, index] as const)] as const;
  const metrics = places.flatMap(([table, index]) => [
    dynamodb(table, 'ReadThrottleEvents', 'Sum', minute, index),
    dynamodb(table, 'WriteThrottleEvents', 'Sum', minute, index),
  ]);
  return together('SUM', metrics, minute, 'throttled reads and writes');
}

/** What we stand on: Lambda, DynamoDB, and the rate of the API. */
export function platformAlarms(scope: Construct, watched: Watched): RunbookAlarm[] {
  const { stage } = watched;
  return [
    new RunbookAlarm(scope, stage, {
      name: 'FunctionThrottled',
      metric: together(
        'SUM',
        Object.values(functionsOf(watched)).map((one) => lambda(one, 'Throttles', 'Sum', minute)),
        minute,
        'throttled invocations',
      ),
      ...{ comparison: '>=', threshold: 1, datapoints: [3, 5] },
      severity: 'page',
      impact: 'Lambda has no room for us: publishers get errors, and deliveries are late without being tried.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'ConcurrencyNearQuota',
      metric: quotaUsed(),
      ...{ comparison: '>', threshold: 80, datapoints: [3, 5] },
      severity: 'ticket',
      impact: 'Nothing yet: at 100 % Lambda throttles, and publishers get errors.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'StoreThrottled',
      metric: storeThrottles(watched),
      ...{ comparison: '>=', threshold: 10, datapoints: [3, 5] },
      severity: 'ticket',
      impact: 'Calls to DynamoDB are repeated: publishing and deliveries are slower, and fail if it lasts.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'PublishThrottled',
      metric: throttledRequests(stage),
      ...{ comparison: '>=', threshold: 10, datapoints: [3, 5] },
      severity: 'ticket',
      impact: 'Publishers get 429 and must try again: they send more than the stage allows.',
    }),
  ];
}
