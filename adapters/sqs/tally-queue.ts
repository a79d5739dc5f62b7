import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { TallyQueue } from '../../core/stats/store.ts';
import type { TallyMessage } from '../../core/stats/tally.ts';

/** The stats queue. A tally takes about 120 bytes: those of a batch of 100 endpoints fit in one message many times. */
export function createTallyQueue({ client, queueUrl }: { client: SQSClient; queueUrl: string }): TallyQueue {
  return {
    async send(tallies) {
      const message: TallyMessage = { v: 1, tallies: [...tallies] };
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message) }));
    },
  };
}
