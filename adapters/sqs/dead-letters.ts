import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { DeadLetterQueue, ReceivedDeadLetter } from '../../core/dead-letters/dead-letter.ts';

const BATCH_ENTRIES_MAX = 10;
const HIDDEN_SECONDS = 30;

function deadLetterOf({ MessageId, ReceiptHandle, Body, Attributes = {} }: Message): ReceivedDeadLetter | undefined {
  if (MessageId === undefined || ReceiptHandle === undefined || Body === undefined) return undefined;
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    receiveCount: Number(Attributes.ApproximateReceiveCount),
    sentAt: Number(Attributes.SentTimestamp),
    firstReceivedAt: Number(Attributes.ApproximateFirstReceiveTimestamp),
    body: Body,
  };
}

function batchesOf(deadLetters: ReceivedDeadLetter[]): { Id: string; ReceiptHandle: string }[][] {
  return Array.from({ length: Math.ceil(deadLetters.length / BATCH_ENTRIES_MAX) }, (_, batch) =>
    deadLetters
      .slice(batch * BATCH_ENTRIES_MAX, (batch + 1) * BATCH_ENTRIES_MAX)
      .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle })),
  );
}

/** The dead-letter queue of the deliveries. */
export function createDeadLetterQueue({
  client,
  queueUrl: QueueUrl,
}: {
  client: SQSClient;
  queueUrl: string;
}): DeadLetterQueue {
  return {
    async count() {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes;
      return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
    },

    async receive() {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: BATCH_ENTRIES_MAX,
          VisibilityTimeout: HIDDEN_SECONDS,
          // With a wait, SQS queries all of its servers, not a sample of them: an empty response means an empty queue.
          WaitTimeSeconds: 1,
          MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateFirstReceiveTimestamp', 'ApproximateReceiveCount'],
        }),
      );
      return Messages.map(deadLetterOf).filter((deadLetter) => deadLetter !== undefined);
    },

    async remove(deadLetters) {
      await Promise.all(
        batchesOf(deadLetters).map((Entries) => client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))),
      );
    },

    async makeVisible(deadLetters) {
      await Promise.all(
        batchesOf(deadLetters).map((entries) => {
          const Entries = entries.map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
          return client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
        }),
      );
    },
  };
}
