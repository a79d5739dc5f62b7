import type { Template } from 'aws-cdk-lib/assertions';
import { type AlarmProperties, alarmProperties, metricsOf } from '../support/cloudwatch-alarm.ts';
import { resources, type Synthesised } from './synthesised.ts';

/** The templates of a stage that may have alarms. */
export const templatesOf = ({ pipeline, api, observability }: Synthesised): Template[] => [
  pipeline,
  api,
  ...(observability === undefined ? [] : [observability]),
];

/** The template of what watches a stage. @throws Error if it has none. */
export function observed({ observability }: Synthesised): Template {
  if (observability === undefined) throw new Error('The stage has no alarms.');
  return observability;
}

/** The alarms of a stage by their short names, such as `QueueDepthHigh`. */
export function alarmsOf(synthesised: Synthesised): Record<string, AlarmProperties> {
  const found = resources('AWS::CloudWatch::Alarm', ...templatesOf(synthesised)).map(({ properties }) => {
    const alarm = alarmProperties.parse(properties);
    return [alarm.AlarmName.replace(`Postrider-${synthesised.stage.name}-`, ''), alarm];
  });
  return Object.fromEntries(found);
}

/** What CloudWatch bills for being there: an alarm costs for each metric that it looks at. */
export interface BilledUnits {
  readonly alarmMetrics: number;
  readonly compositeAlarms: number;
  readonly dashboards: number;
  /** Named by the dashboard: 50 are free. */
  readonly dashboardMetrics: number;
  /** Metrics that are counted from logs, each while something is counted. */
  readonly metricFilters: number;
  /** Routes with detailed metrics, of six metrics each while somebody uses them. */
  readonly detailedRoutes: number;
}

export function billedUnits(synthesised: Synthesised): BilledUnits {
  const count = (type: string) => resources(type, ...templatesOf(synthesised)).length;
  const settings = resources('AWS::ApiGatewayV2::Stage', synthesised.api).flatMap(({ properties }) =>
    Object.values<{ DetailedMetricsEnabled?: boolean }>({
      ...properties.RouteSettings,
      default: properties.DefaultRouteSettings,
    }),
  );
  return {
    alarmMetrics: Object.values(alarmsOf(synthesised)).flatMap(metricsOf).length,
    compositeAlarms: count('AWS::CloudWatch::CompositeAlarm'),
    dashboards: count('AWS::CloudWatch::Dashboard'),
    dashboardMetrics: new Set(graphedBy(synthesised).map(({ name }) => name)).size,
    metricFilters: count('AWS::Logs::MetricFilter'),
    detailedRoutes: settings.filter(({ DetailedMetricsEnabled }) => DetailedMetricsEnabled).length,
  };
}

/** A metric in a graph of the dashboard. */
export interface Graphed {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: readonly string[];
  readonly stat: string;
  /** All of it as text but the statistic: what is billed. */
  readonly name: string;
}

/** The metrics of the dashboard: `[namespace, name, dimension, value, ..., options]`. */
export function graphedBy({ observability }: Synthesised): Graphed[] {
  const [dashboard] = observability ? resources('AWS::CloudWatch::Dashboard', observability) : [];
  const parts: unknown[] = dashboard?.properties.DashboardBody['Fn::Join'][1] ?? ['{"widgets":[]}'];
  const text = (part: unknown) => (typeof part === 'string' ? part : JSON.stringify(part).replaceAll('"', "'"));
  const body: { widgets: { properties: { metrics?: unknown[][] } }[] } = JSON.parse(parts.map(text).join(''));
  return body.widgets
    .flatMap(({ properties: { metrics = [] } }) => metrics)
    .flatMap((line) => {
      const texts = line.filter((part) => typeof part === 'string');
      const options = line.find((part): part is { stat?: string } => typeof part === 'object' && part !== null);
      const [namespace, metric, ...rest] = texts;
      if (namespace === undefined || metric === undefined) return [];
      const dimensions = rest.filter((_, i) => i % 2 === 0);
      return [{ namespace, metric, dimensions, stat: options?.stat ?? 'Average', name: texts.join('|') }];
    });
}
