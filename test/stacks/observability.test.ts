import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../lambdas/runtime/metrics.ts';
import { ALARMS } from '../../lib/observability/sections.ts';
import { type AlarmSettings, stages } from '../../lib/stage.ts';
import { metricsOf } from '../support/cloudwatch-alarm.ts';
import { alarmsOf, billedUnits, templatesOf } from './alarms.ts';
import { resources, type Synthesised, synthesise } from './synthesised.ts';

const settings: AlarmSettings = { emails: [], overrides: {}, monthlyBudget: null };
const prod = synthesise('prod');
const observability = observed(prod);
const all = resources('AWS::CloudWatch::Alarm', ...templatesOf(prod));

function observed({ observability: template }: Synthesised) {
  if (template === undefined) throw new Error('The stage has no alarms.');
  return template;
}

function composite({ pipeline, api, ...rest }: Synthesised): { rule: string; children: string[] } {
  const [down] = resources('AWS::CloudWatch::CompositeAlarm', observed({ pipeline, api, ...rest }));
  const rule = JSON.stringify(down?.properties.AlarmRule);
  const exported = { ...pipeline.findOutputs('*'), ...api.findOutputs('*') };
  const children = resources('AWS::CloudWatch::Alarm', ...templatesOf({ pipeline, api, ...rest }))
    .map(({ id }) => id)
    .filter(
      (id) =>
        rule.includes(`{"Fn::GetAtt":["${id}","Arn"]}`) ||
        Object.entries(exported).some(
          ([, { Value, Export }]) => Value?.['Fn::GetAtt']?.[0] === id && rule.includes(`"${Export?.Name}"`),
        ),
    );
  return { rule, children };
}

describe('an alarm', () => {
  it('is there for every name', () => {
    expect(Object.keys(alarmsOf(prod)).toSorted()).toEqual(Object.keys(ALARMS).toSorted());
  });

  it('either tells a topic when it begins and ends, or is a child of the composite', () => {
    const { children } = composite(prod);
    const topic = { 'Fn::Join': ['', expect.arrayContaining([':Postrider-prod-Warnings'])] };

    expect(children.length).toBeGreaterThan(0);
    for (const { id, properties } of all) {
      const { AlarmActions, OKActions } = properties;
      if (children.includes(id)) expect([AlarmActions, OKActions], id).toEqual([undefined, undefined]);
      else {
        expect(AlarmActions, id).toEqual([topic]);
        expect(OKActions, id).toEqual([topic]);
      }
    }
  });

  it('says what users notice, and what a silent metric means', () => {
    for (const { id, properties } of all) {
      expect(properties.AlarmDescription, id).toMatch(/^[A-Z].{30,300}[^.]\. docs\/runbook\.md#[a-z-]+$/);
      expect(['breaching', 'notBreaching'], id).toContain(properties.TreatMissingData);
      expect(properties.DatapointsToAlarm, id).toBeLessThanOrEqual(properties.EvaluationPeriods);
    }
  });

  it('looks at ten metrics at most, which is what CloudWatch allows for a calculation', () => {
    for (const [name, alarm] of Object.entries(alarmsOf(prod))) {
      expect(metricsOf(alarm).length, name).toBeLessThanOrEqual(10);
    }
  });

  it('leaves room for a newest point that is late, where it fills what is missing minute by minute', () => {
    for (const [name, { Metrics = [], EvaluationPeriods, DatapointsToAlarm }] of Object.entries(alarmsOf(prod))) {
      const expression = Metrics.map(({ Expression }) => Expression ?? '').join();
      const minutely = Metrics.some(({ MetricStat }) => MetricStat?.Period === 60);
      if (minutely && expression.includes('FILL')) expect(DatapointsToAlarm, name).toBeLessThan(EvaluationPeriods);
    }
  });

  it('of a function stands in the stack of the function', () => {
    const names = (template: Synthesised['api']) =>
      resources('AWS::CloudWatch::Alarm', template).map(({ properties }) => properties.AlarmName.split('-').at(-1));

    expect(names(prod.pipeline)).toEqual(['DeliverErrors', 'FanoutErrors', 'RedriveErrors', 'NearTimeout']);
    expect(names(prod.api)).toEqual(['IngestErrors', 'ApiErrors', 'PublishFails']);
  });

  it('has the threshold that the product is measured by', () => {
    const { DeliveryRateLow, StartDelayHigh, AttemptsSlow, RetryRateHigh, QueueDepthHigh } = alarmsOf(prod);

    expect([DeliveryRateLow?.ComparisonOperator, DeliveryRateLow?.Threshold]).toEqual(['LessThanThreshold', 99]);
    expect([StartDelayHigh?.ComparisonOperator, StartDelayHigh?.Threshold]).toEqual(['GreaterThanThreshold', 5_000]);
    expect([AttemptsSlow?.ComparisonOperator, AttemptsSlow?.Threshold]).toEqual(['GreaterThanThreshold', 5_000]);
    expect([RetryRateHigh?.ComparisonOperator, RetryRateHigh?.Threshold]).toEqual(['GreaterThanThreshold', 5]);
    expect([QueueDepthHigh?.ComparisonOperator, QueueDepthHigh?.Threshold]).toEqual(['GreaterThanThreshold', 10_000]);
  });
});

describe('the one page', () => {
  it('is a composite of all pages, and tells when it is over', () => {
    const { rule, children } = composite(prod);

    expect(rule.match(/ALARM\(/g)).toHaveLength(children.length);
    observability.hasResourceProperties('AWS::CloudWatch::CompositeAlarm', {
      AlarmName: 'Postrider-prod-Down',
      AlarmActions: [{ Ref: Match.stringLikeRegexp('^Alarms') }],
      OKActions: [{ Ref: Match.stringLikeRegexp('^Alarms') }],
    });
  });
});

describe('a stage', () => {
  it('changes thresholds and severities, and switches alarms off', () => {
    const changed = synthesise('prod', {
      alarms: {
        ...settings,
        overrides: {
          QueueDepthHigh: { threshold: 50_000, severity: 'ticket' },
          DeadSurge: { severity: 'page' },
          AttemptsSlow: { off: true },
        },
      },
    });
    const { QueueDepthHigh, AttemptsSlow } = alarmsOf(changed);
    const { children } = composite(changed);

    expect(QueueDepthHigh?.Threshold).toBe(50_000);
    expect(AttemptsSlow).toBeUndefined();
    expect(children.some((id) => id.startsWith('QueueDepthHigh'))).toBe(false);
    expect(children.some((id) => id.startsWith('DeadSurge'))).toBe(true);
  });

  it('may make a ticket of an alarm in the stack of a function', () => {
    const { pipeline } = synthesise('prod', {
      alarms: { ...settings, overrides: { DeliverErrors: { severity: 'ticket' } } },
    });

    pipeline.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'Postrider-prod-DeliverErrors',
      AlarmActions: [Match.anyValue()],
    });
  });

  it('that overrides an alarm which does not exist is refused, with those that do', () => {
    expect(() => synthesise('prod', { alarms: { ...settings, overrides: { QueueDeep: { off: true } } } })).toThrow(
      /QueueDeep\. There are: HeartbeatFails, .*QueueDepthHigh/,
    );
  });

  it('links to its own copy of the runbook', () => {
    const changed = synthesise('prod', { alarms: { ...settings, runbookUrl: 'https://wiki.example/runbook' } });

    for (const { properties } of resources('AWS::CloudWatch::Alarm', ...templatesOf(changed))) {
      expect(properties.AlarmDescription).toContain(' https://wiki.example/runbook#');
    }
  });

  it('without a heartbeat has no alarm for it', () => {
    const { HeartbeatFails, ...rest } = alarmsOf(synthesise('prod', { heartbeat: false }));

    expect(HeartbeatFails).toBeUndefined();
    expect(Object.keys(rest)).toHaveLength(Object.keys(ALARMS).length - 1);
  });

  it.each([stages.dev, stages.local])('$name has none of it', ({ name }) => {
    const synthesised = synthesise(name);

    expect(synthesised.observability).toBeUndefined();
    expect(billedUnits(synthesised)).toEqual({
      ...{ alarmMetrics: 0, compositeAlarms: 0, dashboards: 0, metricFilters: 0, detailedRoutes: 0 },
    });
  });

  it('pays for no more than this', () => {
    expect(billedUnits(prod)).toEqual({
      ...{ alarmMetrics: 53, compositeAlarms: 1, dashboards: 1, metricFilters: 1, detailedRoutes: 1 },
    });
  });
});

describe('whom it tells', () => {
  const withPeople = observed(
    synthesise('prod', {
      alarms: { ...settings, emails: ['ops@example.com', 'night@example.com'], monthlyBudget: 250 },
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

  it('shows every metric of ours, every queue and dead-letter queue, and every alarm', () => {
    const shown = [...body.matchAll(/\\"Postrider\\",\\"(\w+)\\"/g)].map(([, name]) => name);
    const queues = resources('AWS::SQS::Queue', prod.pipeline).map(({ id }) => id);

    expect(new Set(shown)).toEqual(new Set([...Object.keys(METRICS), 'PublishThrottled']));
    for (const id of queues) expect(body, id).toContain(`ExportsOutputFnGetAtt${id}QueueName`);
    expect(body.match(/Alarm[0-9A-F]{8}(Arn|\\?",)/g)?.length).toBeGreaterThanOrEqual(all.length);
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
