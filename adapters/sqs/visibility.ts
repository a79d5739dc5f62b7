import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Makes a received message visible again at once, so that the redrive policy soon counts it out. */
export function createVisibility({ client, queueUrl }: { client: SQSClient; queueUrl: string }) {
  return async (receiptHandle: string): Promise<void> => {
    await client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: 0 }),
    );
  };
}
