import type { DeadLetterQueue } from '../../core/dead-letters/dead-letter.ts';
import type { Queues } from '../../local/sqs-model/queue-model.ts';

const HIDDEN_SECONDS = 30;

/** The dead-letter queue of the deliveries over the queue model. */
export function createMemoryDeadLetterQueue(
  queues: Pick<Queues, 'counts' | 'receive' | 'deleteBatch' | 'changeVisibilityBatch'>,
  arn: string,
): DeadLetterQueue {
  const inTens = <Item>(items: Item[]) =>
    Array.from({ length: Math.ceil(items.length / 10) }, (_, batch) => items.slice(batch * 10, batch * 10 + 10));

  return {
    async count() {
      const { visible, inFlight } = queues.counts(arn);
      return visible + inFlight;
    },
    receive: async () =>
      queues.receive(arn, { max: 10, visibilityTimeoutSeconds: HIDDEN_SECONDS }).map((stored) => ({
        messageId: stored.messageId,
        receiptHandle: stored.receiptHandle,
        receiveCount: stored.receiveCount,
        sentAt: stored.sentAtMs,
        firstReceivedAt: stored.firstReceivedAtMs ?? stored.sentAtMs,
        body: stored.body,
      })),
    async remove(deadLetters) {
      for (const batch of inTens(deadLetters)) {
        queues.deleteBatch(
          arn,
          batch.map(({ receiptHandle }, index) => ({ id: String(index), receiptHandle })),
        );
      }
    },
    async makeVisible(deadLetters) {
      for (const batch of inTens(deadLetters)) {
        queues.changeVisibilityBatch(
          arn,
          batch.map(({ receiptHandle }, index) => ({
            id: String(index),
            receiptHandle,
            visibilityTimeoutSeconds: 0,
          })),
        );
      }
    },
  };
}
