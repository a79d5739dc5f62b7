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
import { type FanoutLane, type FanoutMessage, fanoutLaneOf } from '../../core/fanout/message.ts';
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

interface FanoutQueueOptions {
  client: SQSClient;
  /** `bulk`: for pages of large tenants, which so hold up no other event. */
  queueUrls: Record<FanoutLane, string>;
  wait: Wait;
}

/** A fan-out message: its group is the tenant, as the rule sets it for what comes from the bus. */
const fanoutEntry = (message: FanoutMessage, delaySeconds = 0) => ({
  body: JSON.stringify(message),
  groupId: message.tenant,
  delaySeconds,
});

/** The fan-out queues, for what a fan-out leaves to other invocations. */
export function createPageQueue({ client, queueUrls, wait }: FanoutQueueOptions): PageQueue {
  return { send: (message) => sendBatch(client, queueUrls[fanoutLaneOf(message)], [fanoutEntry(message)], wait) };
}

/** The fan-out queues, for events that are sent to them again. */
export function createFanoutQueue({ client, queueUrls, wait }: FanoutQueueOptions): FanoutQueue {
  return {
    async send(messages) {
      for (const [lane, some] of Map.groupBy(messages, ({ message }) => fanoutLaneOf(message))) {
        const entries = some.map(({ message, delaySeconds }) => fanoutEntry(message, delaySeconds));
        for (const batch of batchesOf(entries)) await sendBatch(client, queueUrls[lane], batch, wait);
      }
    },

    async waiting() {
      return countMessages(client, Object.values(queueUrls), [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesDelayed',
      ]);
    },
  };
}

/** How many messages of the delivery queues can be received now. */
export function createDeliveryBacklog({ client, queueUrls }: { client: SQSClient; queueUrls: readonly string[] }) {
  return { waiting: () => countMessages(client, queueUrls, ['ApproximateNumberOfMessages']) };
}

type MessageCount = 'ApproximateNumberOfMessages' | 'ApproximateNumberOfMessagesDelayed';

async function countMessages(client: SQSClient, queueUrls: readonly string[], names: MessageCount[]): Promise<number> {
  const counts = await Promise.all(
    queueUrls.map(async (QueueUrl) => {
      const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: names }));
      return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
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

/** A tally takes about 150 bytes, one of a filter with a reason at most 430: this many fit into a message of 1 MiB. */
const TALLIES_PER_MESSAGE = 2_400;

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
