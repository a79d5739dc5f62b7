import type { CfnStage, HttpRoute, HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { FilterPattern, type LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { IAM_PUBLISH_PATH } from '../../lambdas/ingest/config.ts';
import { NAMESPACE } from '../../lambdas/runtime/metrics.ts';
import type { Stage } from '../stage.ts';
import { PUBLISH_ROUTE } from './function-alarms.ts';
import { THROTTLED_REQUESTS } from './metrics.ts';

/** Keeps the metrics of the publish route apart, and counts requests to publish that API Gateway throttled. */
export function watchPublishing(
  scope: Construct,
  {
    stage,
    gateway,
    routes,
    accessLogs,
  }: { stage: Stage; gateway: HttpStage; routes: readonly HttpRoute[]; accessLogs: LogGroup },
): void {
  // CDK has no property for one route's settings. They replace the stage's, so the throttle is repeated here: without
  // it the route would have none of its own. Each detailed metric of a route costs as much as one of our own.
  (gateway.node.defaultChild as CfnStage).routeSettings = {
    [`${PUBLISH_ROUTE.method} ${PUBLISH_ROUTE.path}`]: {
      DetailedMetricsEnabled: true,
      ThrottlingRateLimit: stage.throttle.rate,
      ThrottlingBurstLimit: stage.throttle.burst,
    },
  };
  // API Gateway refuses settings of a route that does not exist yet.
  for (const route of routes) gateway.node.addDependency(route);

  // API Gateway writes every value of the line as text. No metric says how many of a route's 4xx were 429.
  const { method, path } = PUBLISH_ROUTE;
  const isPublish = FilterPattern.any(
    FilterPattern.stringValue('$.path', '=', path),
    FilterPattern.stringValue('$.path', '=', IAM_PUBLISH_PATH),
  );
  new MetricFilter(scope, 'PublishThrottled', {
    logGroup: accessLogs,
    filterPattern: FilterPattern.all(
      FilterPattern.stringValue('$.status', '=', '429'),
      FilterPattern.stringValue('$.method', '=', method),
      isPublish,
    ),
    metricNamespace: NAMESPACE,
    metricName: THROTTLED_REQUESTS,
    metricValue: '1',
    dimensions: { stage: '$.stage' },
  });
}
