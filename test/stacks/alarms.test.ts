import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ALARMS } from '../../lib/observability/sections.ts';
import { postrider } from '../../lib/postrider.ts';
import { type AlarmSettings, stages } from '../../lib/stage.ts';
import { deploy } from '../../local/assembly/deployment.ts';
import { readAssembly } from '../../local/assembly/read-assembly.ts';
import { stageProperties } from '../../local/assembly/resource-types.ts';
import { metricsOf } from '../support/cloudwatch-alarm.ts';
import { alarmsOf, billedUnits, observed, templatesOf } from './alarms.ts';
import { appIn, inTemporaryFolder, resources, type Synthesised, synthesise } from './synthesised.ts';

const settings: AlarmSettings = { emails: [], overrides: {}, monthlyBudget: null };
const prod = synthesise('prod');
const observability = observed(prod);
const all = resources('AWS::CloudWatch::Alarm', ...templatesOf(prod));

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
    expect(names(prod.api)).toEqual(['IngestErrors', 'ApiErrors', 'PortalErrors', 'PublishFails']);
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
      ...{
        alarmMetrics: 0,
        compositeAlarms: 0,
        dashboards: 0,
        dashboardMetrics: 0,
        metricFilters: 0,
        detailedRoutes: 0,
      },
    });
  });

  it('of a local run may have it: the run leaves it out', () => {
    inTemporaryFolder((folder) => {
      const app = appIn(folder);
      postrider(app, { ...stages.local, alarms: settings });
      app.synth();
      const stacks = readAssembly(folder);
      const place = {
        accountId: '123456789012',
        region: 'us-east-1',
        apiEndpoint: 'http://a',
        awsEndpoint: 'http://b',
      };
      const resolved = deploy(stacks, place);

      expect(stacks.map(({ name }) => name)).not.toContain('Postrider-local-Observability');
      expect(
        stageProperties.parse(resolved.resources.find(({ type }) => type === 'AWS::ApiGatewayV2::Stage')?.properties),
      ).toBeDefined();
    });
  });
});
