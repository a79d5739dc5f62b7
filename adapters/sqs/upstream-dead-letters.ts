import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Wait } from '../../core/clock.ts';
import type { DeadLetterSource, UpstreamDeadLetter } from '../../core/fanout/drain.ts';
import { batchesOf, sendBatch } from './client.ts';

export interface DrainOptions {
  client: SQSClient;
  deadLetterQueueUrl: string;
  fanoutQueueUrl: string;
  wait: Wait;
}

function deadLetterOf({ Body, ReceiptHandle, Attributes }: Message): UpstreamDeadLetter | undefined {
  if (Body === undefined || ReceiptHandle === undefined) return undefined;
  return { body: Body, handle: ReceiptHandle, receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1) };
}

/** A dead-letter queue before the fan-out (the rule target's, or the fan-out queue's), and the queue to return to. */
export function createDeadLetterSource(options: DrainOptions): DeadLetterSource {
  const { client, deadLetterQueueUrl, fanoutQueueUrl, wait } = options;
  return {
    async receive() {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: deadLetterQueueUrl,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 60,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
      );
      return Messages.map(deadLetterOf).filter((deadLetter) => deadLetter !== undefined);
    },

    async sendBack(messages) {
      const outgoing = messages.map(({ message, delaySeconds }) => ({
        body: JSON.stringify(message),
        groupId: message.tenant,
        delaySeconds,
      }));
      for (const batch of batchesOf(outgoing)) await sendBatch(client, fanoutQueueUrl, batch, wait);
    },

    async remove(deadLetters) {
      const Entries = deadLetters.map(({ handle }, index) => ({ Id: String(index), ReceiptHandle: handle }));
      // A dead letter that could not be removed is received again: sending it twice is harmless, it is marked as a
      // repeat.
      await client.send(new DeleteMessageBatchCommand({ QueueUrl: deadLetterQueueUrl, Entries }));
    },
  };
}
