import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetterQueueName, QueueDepth, QueueDepths, WorkQueueName } from '../../core/system/system.ts';

interface QueueDepthsOptions {
  client: SQSClient;
  work: Readonly<Record<WorkQueueName, string>>;
  deadLetters: Readonly<Record<DeadLetterQueueName, string>>;
}

/** The depths of SQS's queues, by their URLs: one call each. */
export function createQueueDepths({ client, work, deadLetters }: QueueDepthsOptions): QueueDepths {
  async function depthOf(QueueUrl: string): Promise<QueueDepth> {
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          'ApproximateNumberOfMessagesDelayed',
        ],
      }),
    );
    return {
      waiting: Number(Attributes.ApproximateNumberOfMessages),
      inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
      delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
    };
  }

  async function all<Name extends string>(urls: Readonly<Record<Name, string>>): Promise<Record<Name, QueueDepth>> {
    const depths = await Promise.all(
      Object.entries<string>(urls).map(async ([name, url]) => [name, await depthOf(url)] as const),
    );
    return Object.fromEntries(depths) as Record<Name, QueueDepth>;
  }

  return { work: () => all(work), deadLetters: () => all(deadLetters) };
}
