import middy from '@middy/core';
import type { Context, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { jobMessage } from '../../core/jobs/job.ts';
import { tallyMessage } from '../../core/stats/message.ts';
import { continuationMessage } from '../../core/tasks/continuation.ts';
import { readEnv } from '../runtime/env.ts';
import { createLogger, logContext } from '../runtime/logger.ts';
import { Meter } from '../runtime/meter.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { sourceOf, sqsHandler } from '../runtime/sqs.ts';
import { composeRedrive } from './compose.ts';
import { type RedriveSource, redriveEnv, TASKS } from './config.ts';

// Once per cold start.
const logger = createLogger('redrive');
const env = readEnv(redriveEnv);
const { runTick, resume, workOnJob, collect } = composeRedrive(env, logger);
const emit = createMetrics(env.METRICS_STAGE);

/** Does an invocation's work, and emits what it measured: also if it failed, for then it matters most. */
async function metered<Result>(work: (meter: Meter) => Promise<Result>): Promise<Result> {
  const meter = new Meter();
  try {
    return await work(meter);
  } finally {
    emit?.(meter.measured);
  }
}

// Once per minute and task: each task has its own invocation, so that a backlog in one does not delay the others. A
// failure is an invocation error, and the next run tries again.
const tick = z.object({ task: z.enum(TASKS) });
const onTick = middy<unknown, { done: number }, Error, Context>()
  .use(logContext(logger))
  .handler(async (input, context) => {
    const { task } = tick.parse(input);
    const done = await metered((meter) => runTick(task, () => context.getRemainingTimeInMillis(), meter));
    if (done > 0) logger.info(`${task} done`, { done });
    return { done };
  });

// Once per part of a task that a run had no time for. A failure is tried again when its minute is over, and does nothing.
const onContinuations = sqsHandler(
  continuationMessage,
  async (batch, context) => {
    for (const { message } of batch) {
      await metered((meter) => resume(message, () => context.getRemainingTimeInMillis(), meter));
    }
    return [];
  },
  logger,
);

// Once per slice of a job: its queue delivers one message at a time.
const onJobs = sqsHandler(
  jobMessage,
  async (batch, context) => {
    for (const { message } of batch) {
      await metered((meter) => workOnJob(message, () => context.getRemainingTimeInMillis(), meter));
    }
    return [];
  },
  logger,
);

// Once per batching window: the tallies that invocations of the deliver and fan-out Lambdas sent in it.
const onTallies = sqsHandler(
  tallyMessage,
  (batch, context) => collect(batch, () => context.getRemainingTimeInMillis()),
  logger,
);

const onBatch: Record<RedriveSource, (batch: SQSEvent, context: Context) => Promise<unknown>> = {
  jobs: onJobs,
  stats: onTallies,
  continuations: onContinuations,
};
const queueUrls: Record<RedriveSource, string> = {
  jobs: env.JOBS_QUEUE_URL,
  stats: env.STATS_QUEUE_URL,
  continuations: env.CONTINUATIONS_QUEUE_URL,
};

// Called by AWS: by the schedules, and by the queues.
export async function handler(input: unknown, context: Context): Promise<unknown> {
  if (!isBatch(input)) return onTick(input, context);
  // A batch comes from one queue.
  const [record] = input.Records;
  return record && onBatch[sourceOf(record, queueUrls)](input, context);
}

function isBatch(input: unknown): input is SQSEvent {
  return typeof input === 'object' && input !== null && 'Records' in input;
}
