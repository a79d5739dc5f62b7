import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { readEnv } from '../runtime/env.ts';
import { createLogger } from '../runtime/logger.ts';
import { composeTasks } from './compose.ts';
import { redriveEnv } from './config.ts';

// Once per cold start.
const logger = createLogger('redrive');
const tasks = composeTasks(readEnv(redriveEnv), logger);

// Once per minute and task: each task is an invocation of its own, so that a backlog in one delays no other.
const tick = z.object({ task: z.enum(['sweep', 'release', 'drain']) });

// Called by AWS. A failure is an invocation error: the alarm sees it, and the next minute tries again.
export const handler = middy<unknown, { sent: number }, Error, Context>().handler(async (input, context) => {
  const { task } = tick.parse(input);
  const sent = await tasks[task](() => context.getRemainingTimeInMillis());
  if (sent > 0) logger.info(`${task} sent`, { sent });
  return { sent };
});
