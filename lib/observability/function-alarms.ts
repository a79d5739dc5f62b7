import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { RunbookAlarm } from '../constructs/runbook-alarm.ts';
import type { Stage } from '../stage.ts';
import { gateway, lambda, math, sumOf } from './metrics.ts';

// The alarms that show whether a function's new version works. They stand in the function's own stack, so that a
// deployment of it can watch them.

const minute = Duration.minutes(1);
const fiveMinutes = Duration.minutes(5);

/** The route whose metrics API Gateway keeps apart: the only one that pays for it. */
export const PUBLISH_ROUTE = { method: 'POST', path: '/v1/events' } as const;

/** Of the functions behind the queues. */
export function pipelineAlarms(
  scope: Construct,
  stage: Stage,
  { deliver, fanout, redrive }: Readonly<Record<'deliver' | 'fanout' | 'redrive', IFunction>>,
): RunbookAlarm[] {
  if (stage.alarms === null) return [];
  return [
    errors(scope, stage, 'DeliverErrors', deliver, 'Deliveries are late while the deliver function crashes.'),
    errors(scope, stage, 'FanoutErrors', fanout, 'Events are accepted and wait while the fan-out function crashes.'),
    // One of the tasks of every minute that fails each time makes five in a period: it must not hide among the others.
    new RunbookAlarm(scope, stage, {
      name: 'RedriveErrors',
      metric: lambda(redrive, 'Errors', 'Sum', fiveMinutes),
      ...{ comparison: '>=', threshold: 4, datapoints: [3, 3] },
      severity: 'ticket',
      impact: 'A task of every minute fails: retries, operational events, the audit trail or jobs may stand still.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'NearTimeout',
      metric: lambda(deliver, 'Duration', 'p99', fiveMinutes),
      ...{ comparison: '>', threshold: stage.functions.deliver.timeoutSeconds * 1000 - 10_000, datapoints: [3, 3] },
      severity: 'ticket',
      impact: 'Invocations that are cut off deliver their messages again minutes later, some of them twice.',
    }),
  ];
}

/** Of the functions behind the API. */
export function apiAlarms(
  scope: Construct,
  stage: Stage,
  {
    api,
    ingest,
    management,
    portal,
  }: { readonly api: HttpApi } & Readonly<Record<'ingest' | 'management' | 'portal', IFunction>>,
): RunbookAlarm[] {
  if (stage.alarms === null) return [];
  return [
    errors(scope, stage, 'IngestErrors', ingest, 'Publishers get errors while the ingest function crashes.'),
    errors(scope, stage, 'ApiErrors', management, 'Operators get errors from the API; deliveries go on.', 'ticket'),
    // With its throttles, which stand apart from those of the functions that events need: for the portal nobody is woken.
    new RunbookAlarm(scope, stage, {
      name: 'PortalErrors',
      metric: sumOf(
        [lambda(portal, 'Errors', 'Sum', minute), lambda(portal, 'Throttles', 'Sum', minute)],
        minute,
        'requests for the portal that failed or were throttled',
      ),
      ...{ comparison: '>=', threshold: 5, datapoints: [3, 5] },
      severity: 'ticket',
      impact: 'Your customers cannot open the portal; the API and deliveries go on.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'PublishFails',
      metric: math(
        'IF(failed >= 5, 100 * failed / requests, 0)',
        {
          failed: gateway(api, '5xx', 'Sum', minute, PUBLISH_ROUTE),
          requests: gateway(api, 'Count', 'Sum', minute, PUBLISH_ROUTE),
        },
        minute,
        '% of requests to publish that failed',
      ),
      ...{ comparison: '>', threshold: 1, datapoints: [3, 5] },
      severity: 'page',
      impact: 'Publishers get errors; events that they do not repeat are lost.',
    }),
  ];
}

type Crashing = 'DeliverErrors' | 'FanoutErrors' | 'IngestErrors' | 'ApiErrors';

function errors(
  scope: Construct,
  stage: Stage,
  name: Crashing,
  of: IFunction,
  impact: string,
  severity: 'page' | 'ticket' = 'page',
): RunbookAlarm {
  const metric = lambda(of, 'Errors', 'Sum', minute);
  return new RunbookAlarm(scope, stage, {
    ...{ name, metric, severity, impact },
    ...{ comparison: '>=', threshold: 5, datapoints: [3, 3] },
  });
}
