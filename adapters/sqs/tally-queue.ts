import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { TallyQueue } from '../../core/stats/store.ts';
import type { TallyMessage } from '../../core/stats/tally.ts';

/**
 * The stats queue. All tallies of an invocation fit into one message: a tally takes about 120 bytes, one of a filter
 * with a reason at most 350, and there are at most 2,000 (ten messages of 200 endpoints).
 */
export function createTallyQueue({ client, queueUrl }: { client: SQSClient; queueUrl: string }): TallyQueue {
  return {
    async send(tallies) {
      const message: TallyMessage = { v: 1, tallies: [...tallies] };
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message) }));
    },
  };
}
