import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type AlarmName, linkOf, nameOf } from '../observability/sections.ts';
import type { Stage } from '../stage.ts';

/** Pages wake somebody, through `Down`; tickets can wait until the morning. */
export type Severity = 'page' | 'ticket';

/** What an alarm looks at, and what it means. */
export interface AlarmSettingsOf {
  readonly name: AlarmName;
  readonly metric: IMetric;
  readonly comparison: '>' | '>=' | '<';
  readonly threshold: number;
  /** So many of so many periods. */
  readonly datapoints: readonly [breaching: number, of: number];
  /** What a period without data means: nothing happened (`fine`, the default), or whoever reports is dead. */
  readonly silence?: 'fine' | 'alarming';
  readonly severity: Severity;
  /** What users notice, in one sentence. */
  readonly impact: string;
}

const OPERATORS = {
  '>': ComparisonOperator.GREATER_THAN_THRESHOLD,
  '>=': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  '<': ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

/**
 * An alarm that says what users notice and links to what to do. A ticket tells the topic `Warnings` when it begins and
 * when it is over; a page is a child of `Down`, which alone pages. The stage may override threshold and severity, or
 * switch it off: then there is no alarm.
 */
export class RunbookAlarm extends Construct {
  readonly severity: Severity;
  /** Undefined if the stage has switched it off. */
  readonly alarm: Alarm | undefined;

  constructor(scope: Construct, stage: Stage, settings: AlarmSettingsOf) {
    super(scope, settings.name);
    const { name, metric, comparison, datapoints, silence = 'fine', impact } = settings;
    const { threshold, severity, off } = { off: undefined, ...settings, ...stage.alarms?.overrides[name] };
    this.severity = severity;
    if (off) return;
    this.alarm = new Alarm(this, 'Alarm', {
      alarmName: nameOf(stage, name),
      alarmDescription: `${impact} ${linkOf(stage, name)}`,
      metric,
      comparisonOperator: OPERATORS[comparison],
      threshold,
      datapointsToAlarm: datapoints[0],
      evaluationPeriods: datapoints[1],
      treatMissingData: silence === 'fine' ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
    });
    if (severity === 'page') return;
    const tell = { bind: () => ({ alarmActionArn: topicArn(this, stage, 'Warnings') }) };
    this.alarm.addAlarmAction(tell);
    this.alarm.addOkAction(tell);
  }
}

export const topicName = (stage: Pick<Stage, 'name'>, topic: 'Alarms' | 'Warnings'): string =>
  `Postrider-${stage.name}-${topic}`;

/**
 * A topic's ARN by its name: the alarms of a function stand in the function's stack, which is deployed before the
 * topics'. CloudWatch looks for the topic only when it has something to say.
 */
export function topicArn(scope: Construct, stage: Pick<Stage, 'name'>, topic: 'Alarms' | 'Warnings'): string {
  const resource = topicName(stage, topic);
  return Stack.of(scope).formatArn({ service: 'sns', resource, arnFormat: ArnFormat.NO_RESOURCE_NAME });
}
