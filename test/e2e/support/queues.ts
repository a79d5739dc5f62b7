import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { Target } from './target.ts';

/** The target's SQS. */
export function createSqs({ awsEndpoint }: Pick<Target, 'awsEndpoint'>): SQSClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new SQSClient({ endpoint: awsEndpoint, region: 'us-east-1', credentials });
}

/** How many messages a queue holds. */
export async function countMessages(sqs: SQSClient, queueUrl: string) {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] });
  const { Attributes = {} } = await sqs.send(command);
  return {
    visible: Number(Attributes.ApproximateNumberOfMessages),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
    delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
  };
}

/** Waits until no message is left, so that nothing more can arrive. */
export async function untilQuiet(target: Target, withinMs = 30_000): Promise<void> {
  const sqs = createSqs(target);
  const { FanoutQueueUrl, BulkFanoutQueueUrl, DeliveryQueueUrl, SlowDeliveryQueueUrl, BulkDeliveryQueueUrl } =
    target.outputs;
  for (const url of [
    FanoutQueueUrl,
    BulkFanoutQueueUrl,
    DeliveryQueueUrl,
    SlowDeliveryQueueUrl,
    BulkDeliveryQueueUrl,
  ]) {
    await eventually(
      async () => expect(await countMessages(sqs, url)).toEqual({ visible: 0, inFlight: 0, delayed: 0 }),
      { withinMs },
    );
  }
  sqs.destroy();
}
