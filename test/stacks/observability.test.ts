import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../lambdas/runtime/metric-table.ts';
import { stages } from '../../lib/stage.ts';
import { alarmsOf, observed } from './alarms.ts';
import { resources, synthesise } from './synthesised.ts';

const prod = synthesise('prod');
const observability = observed(prod);

describe('whom it tells', () => {
  const withPeople = observed(
    synthesise('prod', {
      alarms: { overrides: {}, emails: ['ops@example.com', 'night@example.com'], monthlyBudget: 250 },
    }),
  );

  it('are the addresses of the stage, about pages and tickets', () => {
    const told = resources('AWS::SNS::Subscription', withPeople).map(({ properties }) => [
      properties.TopicArn.Ref.slice(0, 6),
      properties.Protocol,
      properties.Endpoint,
    ]);

    expect(told.toSorted()).toEqual([
      ['Alarms', 'email', 'night@example.com'],
      ['Alarms', 'email', 'ops@example.com'],
      ['Warnin', 'email', 'night@example.com'],
      ['Warnin', 'email', 'ops@example.com'],
    ]);
    expect(Object.keys(withPeople.findOutputs('*'))).toEqual(
      expect.arrayContaining(['AlarmsTopicArn', 'WarningsTopicArn']),
    );
  });

  it('is decided by topics that only alarms, the rule and the budget of this account may publish to, over TLS', () => {
    const policies = resources('AWS::SNS::TopicPolicy', withPeople).map(({ properties }) =>
      properties.PolicyDocument.Statement.map(
        ({ Effect, Principal, Condition }: Record<string, Record<string, unknown>>) =>
          `${Effect} ${Principal?.Service ?? Principal} ${Object.keys(Condition ?? {}).join()}`,
      ),
    );

    expect(policies).toEqual([
      ['Deny * Bool', 'Allow cloudwatch.amazonaws.com StringEquals,ArnLike', 'Allow events.amazonaws.com ArnEquals'],
      [
        'Deny * Bool',
        'Allow cloudwatch.amazonaws.com StringEquals,ArnLike',
        'Allow budgets.amazonaws.com StringEquals,ArnLike',
      ],
    ]);
  });

  it('hears of a disabled key, and of one that is to be deleted', () => {
    observability.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.kms'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: {
          eventSource: ['kms.amazonaws.com'],
          eventName: ['ScheduleKeyDeletion', 'DisableKey'],
          requestParameters: {
            keyId: [
              { 'Fn::ImportValue': Match.stringLikeRegexp('State:ExportsOutputRefSecretsKey') },
              { 'Fn::ImportValue': Match.stringLikeRegexp('State:ExportsOutputFnGetAttSecretsKey.*Arn') },
            ],
          },
        },
      },
      Targets: [{ Arn: { Ref: Match.stringLikeRegexp('^Alarms') }, Input: Match.stringLikeRegexp('docs/runbook.md#') }],
    });
    observability.resourceCountIs('AWS::Budgets::Budget', 0);
  });

  it("hears when the month's bill is forecast to pass the budget, or has passed it", () => {
    withPeople.hasResourceProperties('AWS::Budgets::Budget', {
      Budget: {
        BudgetLimit: { Amount: 250, Unit: 'USD' },
        TimeUnit: 'MONTHLY',
        CostFilters: { TagKeyValue: ['user:postrider:stage$prod'] },
      },
      NotificationsWithSubscribers: ['FORECASTED', 'ACTUAL'].map((NotificationType) => ({
        Notification: { NotificationType, ComparisonOperator: 'GREATER_THAN', Threshold: 100 },
        Subscribers: [{ SubscriptionType: 'SNS', Address: { Ref: Match.stringLikeRegexp('^Warnings') } }],
      })),
    });
  });
});

describe('the publish route', () => {
  const [gateway] = resources('AWS::ApiGatewayV2::Stage', prod.api);

  it('alone has detailed metrics, and keeps the throttle of the stage', () => {
    expect(gateway?.properties.DefaultRouteSettings).toEqual({
      ThrottlingRateLimit: stages.prod.throttle.rate,
      ThrottlingBurstLimit: stages.prod.throttle.burst,
    });
    expect(gateway?.properties.RouteSettings).toEqual({
      'POST /v1/events': {
        DetailedMetricsEnabled: true,
        ThrottlingRateLimit: stages.prod.throttle.rate,
        ThrottlingBurstLimit: stages.prod.throttle.burst,
      },
    });
  });

  it('has its 429s counted from the access log, which says the stage', () => {
    const line: Record<string, string> = JSON.parse(gateway?.properties.AccessLogSettings.Format);
    const [filter] = resources('AWS::Logs::MetricFilter', prod.api);
    const fields = [...String(filter?.properties.FilterPattern).matchAll(/\$\.(\w+)/g)].map(([, field]) => field);

    expect(line).toMatchObject({ status: '$context.status', path: '$context.path', method: '$context.httpMethod' });
    for (const field of fields) expect(Object.keys(line)).toContain(field);
    expect(line.stage).toBe('prod');
    expect(filter?.properties).toMatchObject({
      FilterPattern:
        '{ ($.status = "429") && ($.method = "POST") && (($.path = "/v1/events") || ($.path = "/v1/iam/events")) }',
      MetricTransformations: [
        {
          MetricNamespace: 'Postrider',
          MetricName: 'PublishThrottled',
          MetricValue: '1',
          Dimensions: [{ Key: 'stage', Value: '$.stage' }],
        },
      ],
    });
  });

  it('is there before its settings', () => {
    const [route] = resources('AWS::ApiGatewayV2::Route', prod.api).filter(
      ({ properties }) => properties.RouteKey === 'POST /v1/events',
    );

    prod.api.hasResource('AWS::ApiGatewayV2::Stage', { DependsOn: Match.arrayWith([route?.id]) });
  });
});

describe('the dashboard', () => {
  const body: string = JSON.stringify(
    resources('AWS::CloudWatch::Dashboard', observability)[0]?.properties.DashboardBody,
  );

  it('shows every metric of ours but those that another one implies, every queue and dead-letter queue, and every alarm', () => {
    const shown = [...body.matchAll(/\\"Postrider\\",\\"(\w+)\\"/g)].map(([, name]) => name);
    const queues = resources('AWS::SQS::Queue', prod.pipeline).map(({ id }) => id);

    expect(new Set(shown)).toEqual(
      new Set([...Object.keys(METRICS), 'PublishThrottled'].filter((name) => name !== 'Acknowledged')),
    );
    for (const id of queues) expect(body, id).toContain(`ExportsOutputFnGetAtt${id}QueueName`);
    expect(body.match(/Alarm[0-9A-F]{8}(Arn|\\?",)/g)?.length).toBeGreaterThanOrEqual(
      Object.keys(alarmsOf(prod)).length,
    );
  });

  it('draws where the product should be, and where somebody is told', () => {
    const drawn = [...body.matchAll(/\\"value\\":([\d.]+),\\"label\\":\\"(\w+)\\"/g)].map(
      ([, value, label]) => `${label} ${value}`,
    );

    expect(new Set(drawn)).toEqual(
      new Set([
        ...['goal 2000', 'alarm 5000', 'goal 99.9', 'alarm 99', 'goal 1', 'alarm 5', 'goal 1000', 'alarm 10000'],
        'alarm 1200',
      ]),
    );
  });
});
