import type { JobQueue } from '../../core/jobs/store.ts';
import { sendBatch } from './client.ts';
import type { QueueOptions } from './fanout-queue.ts';

/** The jobs queue: one message group per job, so that a job with many messages delays no other. */
export function createJobQueue({ client, queueUrl, wait }: QueueOptions): JobQueue {
  return {
    send: (message, delaySeconds) =>
      sendBatch(client, queueUrl, [{ body: JSON.stringify(message), groupId: message.jobId, delaySeconds }], wait),
  };
}
