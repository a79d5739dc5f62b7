import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetterSource, UpstreamDeadLetter } from '../../core/fanout/drain.ts';
import { BATCH_ENTRIES_MAX } from './client.ts';

export interface DeadLetterSourceOptions {
  client: SQSClient;
  name: string;
  queueUrl: string;
}

function deadLetterOf({ Body, ReceiptHandle }: Message): UpstreamDeadLetter | undefined {
  return Body === undefined || ReceiptHandle === undefined ? undefined : { body: Body, handle: ReceiptHandle };
}

/** A dead-letter queue before the fan-out: the rule target's, or the fan-out queue's. */
export function createDeadLetterSource({
  client,
  name,
  queueUrl: QueueUrl,
}: DeadLetterSourceOptions): DeadLetterSource {
  return {
    name,

    async receive() {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: BATCH_ENTRIES_MAX,
          VisibilityTimeout: 60,
          // With a wait, SQS queries all of its servers, not a sample of them: an empty response means an empty queue.
          WaitTimeSeconds: 1,
        }),
      );
      return Messages.map(deadLetterOf).filter((deadLetter) => deadLetter !== undefined);
    },

    async remove(deadLetters) {
      const Entries = deadLetters.map(({ handle }, index) => ({ Id: String(index), ReceiptHandle: handle }));
      // A dead letter that could not be removed is received again: sending it twice is harmless, it is marked as a
      // repeat.
      await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    },
  };
}
