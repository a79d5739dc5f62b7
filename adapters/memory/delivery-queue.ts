import type { DeliveryQueue } from '../../core/deliveries/message.ts';
import type { QueueModel } from './queue-model.ts';

/** The delivery queue over the queue model. */
export function createMemoryDeliveryQueue(queues: Pick<QueueModel, 'send'>, arn: string): DeliveryQueue {
  return {
    async send(messages) {
      for (const { message, delaySeconds } of messages) {
        queues.send(arn, { body: JSON.stringify(message), delaySeconds, groupId: message.endpointId });
      }
    },
  };
}
