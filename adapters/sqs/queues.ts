import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Wait } from '../../core/clock.ts';
import type { DeliveryLane } from '../../core/deliveries/message.ts';
import type { PageQueue } from '../../core/fanout/fan-out.ts';
import type { FanoutQueue } from '../../core/fanout/fanout-queue.ts';
import type { JobQueue } from '../../core/jobs/store.ts';
import type { TallyMessage } from '../../core/stats/message.ts';
import type { TallyQueue } from '../../core/stats/store.ts';
import type { ContinuationQueue } from '../../core/tasks/continuation.ts';
import { batchesOf, sendBatch } from './client.ts';

interface QueueOptions {
  client: SQSClient;
  queueUrl: string;
  wait: Wait;
}

/** The fan-out queue, for further pages: the message group is the tenant, as the rule sets it for the first page. */
export function createPageQueue({ client, queueUrl, wait }: QueueOptions): PageQueue {
  return {
    send: (message) =>
      sendBatch(client, queueUrl, [{ body: JSON.stringify(message), groupId: message.tenant, delaySeconds: 0 }], wait),
  };
}

/** The fan-out queue, for events that are sent to it again. */
export function createFanoutQueue({ client, queueUrl, wait }: QueueOptions): FanoutQueue {
  return {
    async send(messages) {
      const outgoing = messages.map(({ message, delaySeconds }) => ({
        body: JSON.stringify(message),
        groupId: message.tenant,
        delaySeconds,
      }));
      for (const batch of batchesOf(outgoing)) await sendBatch(client, queueUrl, batch, wait);
    },

    async waiting() {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({
          QueueUrl: queueUrl,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesDelayed'],
        }),
      );
      const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed } = Attributes;
      return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesDelayed);
    },
  };
}

/** How many messages of the delivery queues can be received now. */
export function createDeliveryBacklog({ client, queueUrls }: { client: SQSClient; queueUrls: readonly string[] }) {
  return {
    async waiting(): Promise<number> {
      const counts = await Promise.all(
        queueUrls.map(async (QueueUrl) => {
          const wanted = { QueueUrl, AttributeNames: ['ApproximateNumberOfMessages' as const] };
          const { Attributes = {} } = await client.send(new GetQueueAttributesCommand(wanted));
          return Number(Attributes.ApproximateNumberOfMessages);
        }),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

/** The jobs queue: one message group per job, so that a job with many messages delays no other. */
export function createJobQueue({ client, queueUrl, wait }: QueueOptions): JobQueue {
  return {
    send: (message, delaySeconds) =>
      sendBatch(client, queueUrl, [{ body: JSON.stringify(message), groupId: message.jobId, delaySeconds }], wait),
  };
}

/** The queue of continuations: one message group per task, so that none delays another. */
export function createContinuationQueue({ client, queueUrl, wait }: QueueOptions): ContinuationQueue {
  return {
    async send(messages) {
      const outgoing = messages.map((message) => ({
        body: JSON.stringify(message),
        groupId: message.task,
        delaySeconds: 0,
      }));
      for (const batch of batchesOf(outgoing)) await sendBatch(client, queueUrl, batch, wait);
    },
  };
}

/** A tally takes about 120 bytes, one of a filter with a reason at most 350: this many fit into a message of 1 MiB. */
const TALLIES_PER_MESSAGE = 2_500;

/** The stats queue: the tallies of an invocation in one message, unless there are very many. */
export function createTallyQueue({ client, queueUrl }: { client: SQSClient; queueUrl: string }): TallyQueue {
  return {
    async send(tallies) {
      for (let at = 0; at < tallies.length; at += TALLIES_PER_MESSAGE) {
        const message: TallyMessage = { v: 1, tallies: tallies.slice(at, at + TALLIES_PER_MESSAGE) };
        await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message) }));
      }
    },
  };
}

/** Changes when a message received from a lane becomes visible again, in seconds from now. */
export function createVisibility({
  client,
  queueUrls,
}: {
  client: SQSClient;
  queueUrls: Record<DeliveryLane, string>;
}) {
  return async (lane: DeliveryLane, receiptHandle: string, seconds: number): Promise<void> => {
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrls[lane],
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
  };
}
