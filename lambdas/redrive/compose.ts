import type { Logger } from '@aws-lambda-powertools/logger';
import type * as z from 'zod';
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createDeliveryLedger, createWaitingRoom } from '../../adapters/dynamodb/deliveries.ts';
import { createMarkedEndpoints } from '../../adapters/dynamodb/endpoints.ts';
import { createEventLedger } from '../../adapters/dynamodb/events.ts';
import { createHealthStore } from '../../adapters/dynamodb/health.ts';
import { createTicks } from '../../adapters/dynamodb/ticks.ts';
import { createUnfinishedEvents } from '../../adapters/dynamodb/unfinished-events.ts';
import { createPayloadStore, createS3 } from '../../adapters/s3/payload-store.ts';
import { createUnreadableLetters } from '../../adapters/s3/unreadable-letters.ts';
import { createSqs } from '../../adapters/sqs/client.ts';
import { createDeliveryQueue } from '../../adapters/sqs/delivery-queue.ts';
import { createContinuationQueue, createDeliveryBacklog, createFanoutQueue } from '../../adapters/sqs/queues.ts';
import { createDeadLetterSource } from '../../adapters/sqs/upstream-dead-letters.ts';
import { systemClock, systemRandom, systemWait } from '../../adapters/system/system.ts';
import { DAY_MS } from '../../core/durations.ts';
import { drain } from '../../core/fanout/drain.ts';
import { announceUnfinished } from '../../core/fanout/unfinished.ts';
import type { JobMessage } from '../../core/jobs/job.ts';
import { isNoted } from '../../core/system/system.ts';
import type { ContinuationMessage, ContinuedTask } from '../../core/tasks/continuation.ts';
import { runTask, TaskRun } from '../../core/tasks/task-run.ts';
import { releaseHeld } from '../../core/waiting-room/release.ts';
import { sweepDue } from '../../core/waiting-room/sweep.ts';
import { describeFault } from '../runtime/logger.ts';
import type { Meter } from '../runtime/meter.ts';
import type { redriveEnv, Task } from './config.ts';
import { composeHousekeeping } from './housekeeping.ts';
import { composeJobs } from './jobs.ts';
import { composeStats } from './stats.ts';

/** The scheduled tasks, by name. Each returns how many items it processed. */
type Tasks = Readonly<Record<Task, (remainingMs: () => number, meter: Meter) => Promise<number>>>;
/** The work of the tasks that continuations go on with. */
type Continued = Readonly<Record<ContinuedTask, (run: TaskRun, meter: Meter) => Promise<number>>>;

/** The redrive Lambda's tasks, jobs and statistics on AWS, for the life of an execution environment. */
export function composeRedrive(
  env: z.output<typeof redriveEnv>,
  logger: Logger,
): {
  runTick: (task: Task, remainingMs: () => number, meter: Meter) => Promise<number>;
  resume: (message: ContinuationMessage, remainingMs: () => number, meter: Meter) => Promise<void>;
  workOnJob: (message: JobMessage, remainingMs: () => number, meter: Meter) => Promise<void>;
  collect: ReturnType<typeof composeStats>;
} {
  const [client, sqs, s3] = [createDynamoDb(), createSqs(), createS3()];
  const [clock, wait] = [systemClock, systemWait];
  const queueUrls = {
    fast: env.DELIVERY_QUEUE_URL,
    slow: env.SLOW_DELIVERY_QUEUE_URL,
    bulk: env.BULK_DELIVERY_QUEUE_URL,
  };
  const shards = env.WAITING_SHARDS;
  const waiting = {
    room: createWaitingRoom({ client, table: env.LEDGER_TABLE }),
    ledger: createDeliveryLedger({
      client,
      ledgerTable: env.LEDGER_TABLE,
      registryTable: env.REGISTRY_TABLE,
      shards: { list: env.LIST_SHARDS, waiting: shards },
      clock,
      wait,
      uncounted: (fault) => logger.warn('A death is not counted.', describeFault(fault)),
    }),
    queue: createDeliveryQueue({ client: sqs, queueUrls, wait, random: systemRandom }),
    clock,
    shards,
  };
  const release = {
    marked: createMarkedEndpoints({ client, table: env.REGISTRY_TABLE, wait }),
    health: createHealthStore({ client, table: env.REGISTRY_TABLE }),
    releasePerSecond: env.RELEASE_PER_SECOND,
    functionTimeoutMs: env.DELIVER_TIMEOUT_SECONDS * 1000,
    retentionMs: env.RETENTION_DAYS * DAY_MS,
  };
  const fanoutQueue = createFanoutQueue({
    client: sqs,
    queueUrls: { fanout: env.FANOUT_QUEUE_URL, bulk: env.BULK_FANOUT_QUEUE_URL },
    wait,
  });
  const deadLetters = (name: string, queueUrl: string) => createDeadLetterSource({ client: sqs, name, queueUrl });
  const drained = {
    sources: [
      deadLetters('rule', env.RULE_DEAD_LETTER_QUEUE_URL),
      deadLetters('fanout', env.FANOUT_DEAD_LETTER_QUEUE_URL),
    ],
    queue: fanoutQueue,
    unreadable: createUnreadableLetters({ client: s3, bucket: env.PAYLOAD_BUCKET }),
    setAside: (letter: { queue: string; key: string }) =>
      logger.error(
        'A dead letter from before the fan-out cannot be processed; it is now in the payload bucket.',
        letter,
      ),
    clock,
  };
  const table = { client, table: env.LEDGER_TABLE, clock, wait, listShards: env.LIST_SHARDS };
  const unfinished = {
    unfinished: createUnfinishedEvents(table),
    events: createEventLedger(table),
    payloads: createPayloadStore({ client: s3, bucket: env.PAYLOAD_BUCKET }),
    queue: fanoutQueue,
    deliveryQueues: createDeliveryBacklog({ client: sqs, queueUrls: Object.values(queueUrls) }),
    records: waiting.ledger,
    clock,
    shards: env.LIST_SHARDS,
  };
  const jobs = composeJobs({ env, logger, client, sqs, ledger: waiting.ledger, queue: waiting.queue });
  const housekeeping = composeHousekeeping({ env, logger, client, sqs, ledger: waiting.ledger });
  const continued: Continued = {
    sweep: (run, meter) =>
      sweepDue(run, { ...waiting, overdue: (lateMs) => meter.level('OverdueSeconds', Math.ceil(lateMs / 1000)) }),
    release: (run, meter) =>
      releaseHeld(run, { ...waiting, ...release, openCircuits: (count) => meter.level('OpenCircuits', count) }),
    outbox: housekeeping.outbox,
    audit: housekeeping.audit,
  };
  const continuations = createContinuationQueue({ client: sqs, queueUrl: env.CONTINUATIONS_QUEUE_URL, wait });
  const run = (
    task: ContinuedTask,
    message: ContinuationMessage | undefined,
    remainingMs: () => number,
    meter: Meter,
  ) => runTask(task, message, (one) => continued[task](one, meter), { continuations, clock, remainingMs });
  const tick = (task: ContinuedTask) => async (remainingMs: () => number, meter: Meter) =>
    (await run(task, undefined, remainingMs, meter)) ?? 0;

  const tasks: Tasks = {
    sweep: tick('sweep'),
    release: tick('release'),
    outbox: tick('outbox'),
    audit: tick('audit'),
    drain: (remainingMs) => drain({ ...drained, remainingMs }),
    'fan-outs': (remainingMs) => announceUnfinished({ ...unfinished, remainingMs }),
    jobs: (remainingMs) => jobs.wake(new TaskRun({ clock, remainingMs })),
    'dead-letters': housekeeping.reconcile,
  };
  const resume = async (message: ContinuationMessage, remainingMs: () => number, meter: Meter) => {
    const { task, part, leg, tick } = message;
    const done = await run(task, message, remainingMs, meter);
    const how = done === undefined ? 'is over: its minute has ended' : 'done';
    logger.info(`${task} continued: ${how}`, { done, part, leg, seconds: Math.round((clock() - tick) / 1000) });
  };
  const ticks = createTicks(table);
  // The first run here is noted too, so that a new installation shows within a minute that it works.
  const notedHere = new Set<Task>();
  const runTick = async (task: Task, remainingMs: () => number, meter: Meter) => {
    const beganAt = clock();
    const done = await tasks[task](remainingMs, meter);
    if (isNoted(beganAt) || !notedHere.has(task)) {
      notedHere.add(task);
      // That it is missing says enough, so it is not tried again.
      await ticks.note(task, beganAt).catch((fault: unknown) => {
        logger.warn('The end of a scheduled task could not be noted.', { task, ...describeFault(fault) });
      });
    }
    return done;
  };
  return { runTick, resume, workOnJob: jobs.work, collect: composeStats({ env, logger, client }) };
}
