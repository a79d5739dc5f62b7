import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Wait } from '../../core/clock.ts';
import type { PageQueue } from '../../core/fanout/fan-out.ts';
import { sendBatch } from './client.ts';

export interface QueueOptions {
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
