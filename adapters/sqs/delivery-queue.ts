import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Wait } from '../../core/clock.ts';
import { type DeliveryQueue, deliveryBody } from '../../core/deliveries/message.ts';
import type { Random } from '../../core/random.ts';
import { batchesOf, type Outgoing, sendBatch } from './client.ts';

export interface DeliveryQueueOptions {
  client: SQSClient;
  /** The queue of each lane; optional for the slow one, if nothing is sent to it. */
  queueUrls: { fast: string; slow?: string };
  wait: Wait;
  random: Random;
}

interface Pending {
  message: Outgoing;
  done: () => void;
  failed: (fault: unknown) => void;
}

/** The delivery queues, one per lane. */
export function createDeliveryQueue({ client, queueUrls, wait, random }: DeliveryQueueOptions): DeliveryQueue {
  const { fast, slow } = queueUrls;
  const lanes = { fast: sendTogether(fast), slow: slow === undefined ? noSlowLane : sendTogether(slow) };

  /**
   * Messages sent within one turn of the event loop share batches: those of a whole invocation cost a tenth of the
   * requests.
   */
  function sendTogether(queueUrl: string) {
    let pending: Pending[] = [];

    function flush(): void {
      const all = pending;
      pending = [];
      let taken = 0;
      for (const batch of batchesOf(all.map(({ message }) => message))) {
        const members = all.slice(taken, taken + batch.length);
        taken += batch.length;
        sendBatch(client, queueUrl, batch, wait).then(
          () => {
            for (const { done } of members) done();
          },
          (fault) => {
            for (const { failed } of members) failed(fault);
          },
        );
      }
    }

    return function send(message: Outgoing): Promise<void> {
      if (pending.length === 0) setImmediate(flush);
      return new Promise((done, failed) => pending.push({ message, done, failed }));
    };
  }

  return {
    async send(messages) {
      await Promise.all(
        messages.map(({ message, delaySeconds, lane = 'fast' }) =>
          lanes[lane]({ body: deliveryBody(message, random), groupId: message.endpointId, delaySeconds }),
        ),
      );
    },
  };
}

function noSlowLane(): Promise<void> {
  return Promise.reject(new Error('This function has no queue URL for the slow lane.'));
}
