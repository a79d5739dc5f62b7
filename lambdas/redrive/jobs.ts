import type { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type * as z from 'zod';
import { createEndedDeliveries } from '../../adapters/dynamodb/deliveries.ts';
import { createEventLists } from '../../adapters/dynamodb/events.ts';
import { createJobStore } from '../../adapters/dynamodb/jobs.ts';
import { jmespathFilters } from '../../adapters/jmespath/filter-engine.ts';
import { createPayloadStore, createS3 } from '../../adapters/s3/payload-store.ts';
import { createJobQueue } from '../../adapters/sqs/queues.ts';
import { systemClock, systemRandom, systemWait } from '../../adapters/system/system.ts';
import type { DeliveryLedger } from '../../core/deliveries/ledger.ts';
import type { DeliveryQueue } from '../../core/deliveries/message.ts';
import type { JobMessage } from '../../core/jobs/job.ts';
import { resumeIdleJobs, runSlice } from '../../core/jobs/run.ts';
import type { TaskRun } from '../../core/tasks/task-run.ts';
import { describeFault } from '../runtime/logger.ts';
import type { Meter } from '../runtime/meter.ts';
import { problemOf } from '../runtime/problem-of.ts';
import type { redriveEnv } from './config.ts';

/** What the tasks and jobs of an execution environment share. */
export interface Shared {
  env: z.output<typeof redriveEnv>;
  logger: Logger;
  client: DynamoDBClient;
  sqs: SQSClient;
  ledger: DeliveryLedger;
  queue: DeliveryQueue;
}

/** The redrive Lambda's background jobs on AWS, for the life of an execution environment. */
export function composeJobs({ env, logger, client, sqs, ledger, queue }: Shared) {
  const [clock, wait] = [systemClock, systemWait];
  const table = { client, table: env.LEDGER_TABLE, clock, wait };
  const ports = {
    jobs: createJobStore(table),
    jobQueue: createJobQueue({ client: sqs, queueUrl: env.JOBS_QUEUE_URL, wait }),
    ended: createEndedDeliveries(table),
    events: createEventLists({ ...table, listShards: env.LIST_SHARDS }),
    payloads: createPayloadStore({ client: createS3(), bucket: env.PAYLOAD_BUCKET }),
    filters: jmespathFilters,
    ...{ ledger, queue, clock, wait },
    random: systemRandom,
    shards: env.WAITING_SHARDS,
    releasePerSecond: env.RELEASE_PER_SECOND,
    isOutage: (fault: unknown) => problemOf(fault).kind === 'unavailable',
    faulted: ({ id, kind, faults }: { id: string; kind: string; faults: number }, fault: unknown) =>
      logger.error('A slice of a job failed; it will be retried.', {
        jobId: id,
        kind,
        faults,
        ...describeFault(fault),
      }),
  };
  return {
    wake: (run: TaskRun) => resumeIdleJobs(run, ports),
    async work(message: JobMessage, remainingMs: () => number, meter: Meter): Promise<void> {
      const end = await runSlice(message, { ...ports, remainingMs, died: () => meter.count('Dead') });
      logger.info(`job slice: ${end}`, { jobId: message.jobId });
    },
  };
}
