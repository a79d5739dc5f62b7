import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { ALARMS, type AlarmName, nameOf, OTHER_SIGNALS, type SignalName } from '../../lib/observability/sections.ts';
import type { Stage } from '../../lib/stage.ts';
import type { Deployment } from './aws.ts';

/** What CloudWatch knows of a stage's alarms. */
export interface Alarms {
  /** How many there are. */
  readonly count: number;
  /** The names of those that are raised. */
  readonly raised: readonly string[];
}

/** As many as one call answers; a stage has fewer. */
const CALL_MAX = 100;

/** Asks CloudWatch about a stage's alarms, by their names: another stage's may begin like them. */
export async function alarmsOf(stage: Pick<Stage, 'name'>, config: Deployment['config']): Promise<Alarms> {
  const names = Object.keys({ ...ALARMS, ...OTHER_SIGNALS }) as (AlarmName | SignalName)[];
  const { MetricAlarms = [], CompositeAlarms = [] } = await new CloudWatchClient(config).send(
    new DescribeAlarmsCommand({
      AlarmNames: names.map((name) => nameOf(stage, name)),
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      MaxRecords: CALL_MAX,
    }),
  );
  const found = [...MetricAlarms, ...CompositeAlarms];
  const raised = found.filter(({ StateValue }) => StateValue === 'ALARM');
  return { count: found.length, raised: raised.map(({ AlarmName = '' }) => AlarmName) };
}
