import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { TASKS } from '../../lambdas/redrive/config.ts';
import { RunbookAlarm } from '../constructs/runbook-alarm.ts';
import { GOALS } from './delivery-alarms.ts';
import { lambda, math, own, sqs, together } from './metrics.ts';
import type { Watched } from './watched.ts';

const minute = Duration.minutes(1);
const fiveMinutes = Duration.minutes(5);
const tenMinutes = Duration.minutes(10);
const hour = Duration.hours(1);

/** What waits for fan-out and for delivery. */
export function backlog({ pipeline: { queues } }: Watched) {
  const all = [queues.fanout, queues.bulkFanout, queues.delivery, queues.slow, queues.bulk];
  const named = Object.fromEntries(
    all.map(({ queue }, i) => [`m${i + 1}`, sqs(queue, 'ApproximateNumberOfMessagesVisible', 'Maximum', minute)]),
  );
  // Mappings poll these queues, so each has data for every minute: nothing needs filling, which five points of five
  // would not allow.
  return math(Object.keys(named).join(' + '), named, minute, 'messages that wait');
}

/** The age of the oldest message of the endpoints that have few: the noisy ones wait for themselves. */
export const quietAge = ({ pipeline: { queues } }: Watched) =>
  together(
    'MAX',
    [queues.delivery, queues.slow, queues.bulk].map(({ queue }) =>
      sqs(queue, 'ApproximateAgeOfOldestMessageInQuietGroups', 'Maximum', fiveMinutes),
    ),
    fiveMinutes,
    'seconds in quiet groups',
  );

/** Queues, dead-letter queues, and the tasks that look after them. */
export function queueAlarms(scope: Construct, watched: Watched): RunbookAlarm[] {
  const { stage } = watched;
  const { queues, deadLetters, redrive } = watched.pipeline;
  return [
    new RunbookAlarm(scope, stage, {
      name: 'QueueDepthHigh',
      metric: backlog(watched),
      ...{ comparison: '>', threshold: GOALS.queueDepth.alarm, datapoints: [5, 5] },
      severity: 'page',
      impact: 'Events arrive faster than they are delivered: deliveries are late, and later every minute.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'QuietGroupsWait',
      metric: quietAge(watched),
      // A delayed message is at most 900 s old before anybody may receive it.
      ...{ comparison: '>', threshold: 1_200, datapoints: [3, 4] },
      severity: 'page',
      impact: 'Healthy endpoints get their events 20 minutes late, because of others.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'FanoutLate',
      metric: together(
        'MAX',
        [queues.fanout, queues.bulkFanout].map(({ queue }) =>
          sqs(queue, 'ApproximateAgeOfOldestMessage', 'Maximum', minute),
        ),
        minute,
        'seconds',
      ),
      ...{ comparison: '>', threshold: 300, datapoints: [3, 5] },
      severity: 'page',
      impact: 'Accepted events have waited for five minutes and are not sent to anybody yet.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'LostBeforeFanout',
      // Their task empties both every minute, so a depth would miss what has come.
      metric: together(
        'SUM',
        [deadLetters.rule, deadLetters.fanout].map((queue) =>
          sqs(queue, 'NumberOfMessagesReceived', 'Sum', fiveMinutes),
        ),
        fiveMinutes,
        'events',
      ),
      ...{ comparison: '>=', threshold: 1, datapoints: [1, 1] },
      severity: 'page',
      impact: 'Accepted events could not be fanned out for 15 minutes; they are tried again, and are late.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'WorkDeadLetters',
      metric: together(
        'SUM',
        [deadLetters.jobs, deadLetters.stats, deadLetters.continuations].map((queue) =>
          sqs(queue, 'ApproximateNumberOfMessagesVisible', 'Maximum', fiveMinutes),
        ),
        fiveMinutes,
        'messages',
      ),
      ...{ comparison: '>=', threshold: 1, datapoints: [2, 3] },
      severity: 'ticket',
      impact: 'A job stands still, or statistics lack attempts; deliveries go on.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'LettersExpire',
      metric: own(stage, 'OldestLetterDays', 'Maximum', hour),
      ...{ comparison: '>', threshold: 10, datapoints: [1, 1] },
      severity: 'ticket',
      impact: 'Dead letters are deleted in less than four days; a redrive in the SQS console misses them then.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'LettersUnexplained',
      metric: own(stage, 'LettersUnexplained', 'Minimum', tenMinutes),
      ...{ comparison: '>', threshold: 0, datapoints: [6, 6] },
      severity: 'ticket',
      impact: 'Messages are in the dead-letter queue and no delivery says why: an event may have been lost.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'TicksMissing',
      // Queues invoke the function too, which would hide missing ticks: what the sweep reports counts as well.
      metric: math(
        `MIN([FILL(invocations, 0), ${TASKS.length} * FILL(sweeps, 0)])`,
        {
          invocations: lambda(redrive.lambda, 'Invocations', 'Sum', fiveMinutes),
          sweeps: own(stage, 'OverdueSeconds', 'SampleCount', fiveMinutes),
        },
        fiveMinutes,
        'ticks',
      ),
      // Fewer than four of the five in a period, twice: the newest period may not be complete yet.
      ...{ comparison: '<', threshold: 4 * TASKS.length, datapoints: [2, 2], silence: 'alarming' },
      severity: 'page',
      impact: 'Retries of more than 15 minutes, paused endpoints and operational events stand still.',
    }),
    new RunbookAlarm(scope, stage, {
      name: 'WaitingOverdue',
      metric: own(stage, 'OverdueSeconds', 'Maximum', minute),
      ...{ comparison: '>', threshold: 300, datapoints: [3, 3] },
      severity: 'page',
      impact: 'Retries and released deliveries come more than five minutes late.',
    }),
  ];
}
