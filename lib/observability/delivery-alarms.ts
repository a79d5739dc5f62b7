import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { RunbookAlarm } from '../constructs/runbook-alarm.ts';
import type { Stage } from '../stage.ts';
import { math, own } from './metrics.ts';

const minute = Duration.minutes(1);
const fiveMinutes = Duration.minutes(5);
const hour = Duration.hours(1);

/** The thresholds that the product is measured by: where it should be, and where somebody is told. */
export const GOALS = {
  deliveryRatePercent: { goal: 99.9, alarm: 99 },
  latencyMs: { goal: 2_000, alarm: 5_000 },
  retryRatePercent: { goal: 1, alarm: 5 },
  queueDepth: { goal: 1_000, alarm: 10_000 },
} as const;

/** Below this many in a period, a share says nothing. */
const ENOUGH = 100;

/** The share of the deliveries that ended which were acknowledged. */
export function deliveryRate(stage: Stage, period: Duration) {
  const ended = '(FILL(delivered, 0) + FILL(dead, 0))';
  return math(
    `IF(${ended} >= ${ENOUGH}, 100 * FILL(delivered, 0) / ${ended}, 100)`,
    { delivered: own(stage, 'Delivered', 'Sum', period), dead: own(stage, 'Dead', 'Sum', period) },
    period,
    '% delivered',
  );
}

/** The share of the attempts that were not a delivery's first. */
export function retryRate(stage: Stage, period: Duration) {
  return math(
    `IF(attempts >= ${ENOUGH}, 100 * FILL(retries, 0) / attempts, 0)`,
    { retries: own(stage, 'Retries', 'Sum', period), attempts: own(stage, 'Attempts', 'Sum', period) },
    period,
    '% retries',
  );
}

/** Whether events arrive, and how: by the functions' own metrics. */
export function deliveryAlarms(scope: Construct, stage: Stage): RunbookAlarm[] {
  const alarms = [
    new RunbookAlarm(scope, stage, {
      name: 'StartDelayHigh',
      metric: own(stage, 'StartDelayMs', 'p95', minute),
      ...{ comparison: '>', threshold: GOALS.latencyMs.alarm, datapoints: [5, 5] },
      severity: 'page',
      impact: 'Events reach receivers seconds late, whatever the receivers do.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'OurFaultDead',
      metric: own(stage, 'OurFaultDead', 'Sum', fiveMinutes),
      ...{ comparison: '>=', threshold: 1, datapoints: [1, 1] },
      severity: 'page',
      impact: 'A receiver did not get an event because of us, and does not get it unless somebody sends it again.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'OurFaultResent',
      metric: own(stage, 'OurFaultResent', 'Sum', hour),
      ...{ comparison: '>=', threshold: 1, datapoints: [1, 1] },
      severity: 'ticket',
      impact: 'Deliveries failed on our side for half an hour; they are late, and are sent again by themselves.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'DeliveryRateLow',
      metric: deliveryRate(stage, hour),
      ...{ comparison: '<', threshold: GOALS.deliveryRatePercent.alarm, datapoints: [1, 1] },
      severity: 'ticket',
      impact: 'More than one delivery in a hundred ends without being acknowledged, most often because of receivers.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'AttemptsSlow',
      metric: own(stage, 'AttemptMs', 'Average', fiveMinutes),
      ...{ comparison: '>', threshold: GOALS.latencyMs.alarm, datapoints: [3, 3] },
      severity: 'ticket',
      impact: 'Receivers take seconds to answer: their events arrive late, and many time out.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'RetryRateHigh',
      metric: retryRate(stage, hour),
      ...{ comparison: '>', threshold: GOALS.retryRatePercent.alarm, datapoints: [1, 1] },
      severity: 'ticket',
      impact: 'Many events arrive only after a retry, most often because of receivers.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'DeadSurge',
      metric: own(stage, 'Dead', 'Sum', hour),
      ...{ comparison: '>', threshold: 1_000, datapoints: [1, 1] },
      severity: 'ticket',
      impact: 'Receivers did not get events in great numbers, and do not get them unless somebody sends them again.',
    }),
  ];
  if (!stage.heartbeat) return alarms;
  const heartbeat = new RunbookAlarm(scope, stage, {
    name: 'HeartbeatFails',
    // A period with two beats is normal: any that arrived will do. Without FILL, CloudWatch would look for older beats
    // before it took silence for a failure.
    metric: math(
      'FILL(beats, 0)',
      { beats: own(stage, 'HeartbeatOk', 'Maximum', fiveMinutes) },
      fiveMinutes,
      'arrived',
    ),
    ...{ comparison: '<', threshold: 1, datapoints: [3, 3], silence: 'alarming' },
    severity: 'page',
    impact: 'An event of our own did not arrive for 15 minutes: most likely nothing is delivered.',
  });
  return [heartbeat, ...alarms];
}
