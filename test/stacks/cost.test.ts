import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { idleParts } from '../../cli/cost/idle.ts';
import { WATCHED } from '../../cli/cost/watched.ts';
import { resources, synthesise } from './synthesised.ts';

const { stage, stacks: _, ...rest } = synthesise('prod');
const templates = Object.values(rest).filter((template): template is Template => template !== undefined);
const names = idleParts(stage, true).map(({ name }) => name);

/** What CloudWatch bills for the alarms and dashboards of the templates. */
function watchedIn(): Record<keyof typeof WATCHED, number> {
  const alarms = resources('AWS::CloudWatch::Alarm', ...templates);
  const metricsOf = ({ Metrics = [] }: { Metrics?: { MetricStat?: unknown }[] }) =>
    Metrics.length === 0 ? 1 : Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length;
  const routes = resources('AWS::ApiGatewayV2::Stage', ...templates).flatMap(({ properties }) =>
    Object.values<{ DetailedMetricsEnabled?: boolean }>({
      ...properties.RouteSettings,
      all: properties.DefaultRouteSettings,
    }),
  );
  return {
    alarmMetrics: alarms.reduce((sum, { properties }) => sum + metricsOf(properties), 0),
    compositeAlarms: resources('AWS::CloudWatch::CompositeAlarm', ...templates).length,
    dashboards: resources('AWS::CloudWatch::Dashboard', ...templates).length,
    detailedRoutes: routes.filter((settings) => settings?.DetailedMetricsEnabled).length,
  };
}

describe('the idle cost', () => {
  it('is that of the mappings and schedules of the templates', () => {
    const mappings = resources('AWS::Lambda::EventSourceMapping', ...templates).length;
    const tasks = resources('AWS::Scheduler::Schedule', ...templates).filter(
      ({ properties }) => properties.ScheduleExpression === 'rate(1 minute)',
    ).length;

    expect(names).toContain(`${mappings} queues, polled by Lambda`);
    expect(names).toContain(`${tasks} scheduled tasks, every minute`);
    expect(resources('AWS::KMS::Key', ...templates)).toHaveLength(1);
  });

  it('is that of the alarms and dashboards of the templates', () => {
    const found = watchedIn();
    // Until the templates have alarms.
    if (found.alarmMetrics === 0) return;

    expect(found).toEqual(WATCHED);
  });
});
