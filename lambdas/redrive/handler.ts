import middy from '@middy/core';
import type { Context, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { jobMessage } from '../../core/jobs/job.ts';
import { readEnv } from '../runtime/env.ts';
import { createLogger } from '../runtime/logger.ts';
import { sqsHandler } from '../runtime/sqs.ts';
import { composeRedrive, TASKS } from './compose.ts';
import { redriveEnv } from './config.ts';

// Once per cold start.
const logger = createLogger('redrive');
const { tasks, workOnJob } = composeRedrive(readEnv(redriveEnv), logger);

// Once per minute and task: each task is an invocation of its own, so that a backlog in one delays no other. A failure
// is an invocation error: the alarm sees it, and the next minute tries again.
const tick = z.object({ task: z.enum(TASKS) });
const onTick = middy<unknown, { done: number }, Error, Context>().handler(async (input, context) => {
  const { task } = tick.parse(input);
  const done = await tasks[task](() => context.getRemainingTimeInMillis());
  if (done > 0) logger.info(`${task} done`, { done });
  return { done };
});

// Once per slice of a job: its queue hands over one message at a time.
const onJobs = sqsHandler(
  jobMessage,
  async (batch, context) => {
    for (const { message } of batch) await workOnJob(message, () => context.getRemainingTimeInMillis());
    return [];
  },
  logger,
);

// Called by AWS: by the schedules, and by the jobs queue.
export function handler(input: unknown, context: Context): Promise<unknown> {
  return isBatch(input) ? onJobs(input, context) : onTick(input, context);
}

function isBatch(input: unknown): input is SQSEvent {
  return typeof input === 'object' && input !== null && 'Records' in input;
}
