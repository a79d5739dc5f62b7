import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { idleParts } from '../../cli/cost/idle.ts';
import { METRICS as BILLED_METRICS, WATCHED } from '../../cli/cost/watched.ts';
import { METRICS } from '../../lambdas/runtime/metric-table.ts';
import { THROTTLED_REQUESTS } from '../../lib/observability/metrics.ts';
import { billedUnits } from './alarms.ts';
import { resources, synthesise } from './synthesised.ts';

const prod = synthesise('prod');
const { stage, stacks: _, ...rest } = prod;
const templates = Object.values(rest).filter((template): template is Template => template !== undefined);
const names = idleParts(stage, true).map(({ name }) => name);

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

  it('is that of the alarms of the templates, and of a dashboard that is free', () => {
    const { dashboardMetrics, metricFilters, ...watched } = billedUnits(prod);

    expect(watched).toEqual(WATCHED);
    expect(metricFilters).toBe(1);
    expect(dashboardMetrics).toBeLessThanOrEqual(50);
    expect(Object.values(BILLED_METRICS).flat().toSorted()).toEqual(
      [...Object.keys(METRICS), THROTTLED_REQUESTS].toSorted(),
    );
  });
});
