import type { Template } from 'aws-cdk-lib/assertions';
import { type AlarmProperties, alarmProperties, metricsOf } from '../support/cloudwatch-alarm.ts';
import { resources, type Synthesised } from './synthesised.ts';

/** The templates of a stage that may have alarms. */
export const templatesOf = ({ pipeline, api, observability }: Synthesised): Template[] => [
  pipeline,
  api,
  ...(observability === undefined ? [] : [observability]),
];

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
    metricFilters: count('AWS::Logs::MetricFilter'),
    detailedRoutes: settings.filter(({ DetailedMetricsEnabled }) => DetailedMetricsEnabled).length,
  };
}
