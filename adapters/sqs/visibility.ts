import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Lane } from '../../core/endpoints/health.ts';

/** Changes when a message received from a lane becomes visible again, in seconds from now. */
export function createVisibility({ client, queueUrls }: { client: SQSClient; queueUrls: Record<Lane, string> }) {
  return async (lane: Lane, receiptHandle: string, seconds: number): Promise<void> => {
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrls[lane],
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
  };
}
