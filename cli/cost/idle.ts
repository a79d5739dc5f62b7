import { NOTED_EVERY_MINUTES } from '../../core/system/system.ts';
import { TASKS } from '../../core/tasks/scheduled.ts';
import { queuesOf } from '../../lib/concurrency.ts';
import type { Stage } from '../../lib/stage.ts';
import { ASSUMED } from './assumptions.ts';
import { countedUsage } from './counted.ts';
import { sumOf, timesOf, type Usage } from './prices.ts';
import { deliveryUsage, eventUsage, logs } from './traffic.ts';
import { METRICS, METRICS_OF_A_ROUTE, WATCHED } from './watched.ts';

/** A month of 730 hours, as AWS's calculator has it. */
const HOURS = 730;
const MINUTES = HOURS * 60;
const HEARTBEATS = MINUTES / 5;
/** Lambda keeps five receives of a queue waiting, each for 20 s. Source: Lambda developer guide, "Scaling for SQS". */
const RECEIVES = (HOURS * 3_600 * 5) / 20;

/** Something that is used without traffic. */
export interface IdlePart {
  readonly name: string;
  readonly usage: Usage;
}

const part = (name: string, usage: Usage): IdlePart => ({ name, usage });

/** What a stage without any traffic uses in a month, part by part. */
export function idleParts(stage: Stage, hasAlarms: boolean): IdlePart[] {
  const queues = Object.keys(queuesOf(stage)).length;
  const ticks = MINUTES * TASKS.length;
  const gb = stage.functions.redrive.memoryMb / 1024;
  const parts = [
    part('KMS key of the secrets', { keys: 1 }),
    part(`${queues} queues, polled by Lambda`, { sqsRequests: queues * RECEIVES }),
    part(
      `${TASKS.length} scheduled tasks, every minute`,
      sumOf(
        timesOf(countedUsage('idle-minute'), MINUTES),
        // Their notes of having ended.
        { writeUnits: ticks / NOTED_EVERY_MINUTES },
        { invocations: ticks, gbSeconds: (ticks * ASSUMED.tickMs * gb) / 1_000 },
        logs(stage, ASSUMED.invocationLogKb * ticks),
      ),
    ),
  ];
  return hasAlarms ? [...parts, ...watchingParts(stage)] : parts;
}

function watchingParts(stage: Stage): IdlePart[] {
  const { alarmMetrics, compositeAlarms, detailedRoutes } = WATCHED;
  const metrics = METRICS.always.length + METRICS.heartbeat.length;
  return [
    part(`${alarmMetrics} metrics of alarms`, { alarmMetrics }),
    part(`${compositeAlarms} composite alarm`, { compositeAlarms }),
    part(
      `${metrics} metrics of our own, and their log lines`,
      sumOf({ metrics }, logs(stage, ASSUMED.metricsLogKb.minute * MINUTES)),
    ),
    part('detailed metrics of the publish route', { metrics: detailedRoutes * METRICS_OF_A_ROUTE }),
    part('heartbeat, every five minutes', timesOf(heartbeatUsage(stage), HEARTBEATS)),
  ];
}

/** An event and its delivery, one by one; the function that sends it and waits; and the request that receives it. */
function heartbeatUsage(stage: Stage): Usage {
  const traffic = { list: 1, fanout: 1, payloadKb: 0.1, receiverMs: 60, failureRate: 0, deadRate: 0 };
  const gb = stage.functions.deliver.memoryMb / 1024;
  return sumOf(
    eventUsage(stage, 'quiet', traffic, true),
    deliveryUsage(stage, 'quiet', traffic, true),
    {
      invocations: 2,
      gbSeconds: ((ASSUMED.heartbeatMs + 60) * gb) / 1_000,
      apiRequests: 1,
      readUnits: 6,
      kmsRequests: 1,
    },
    logs(stage, 2 * ASSUMED.invocationLogKb + ASSUMED.accessLogKb + ASSUMED.metricsLogKb.ingest),
  );
}
