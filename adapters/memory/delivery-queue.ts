import type { DeliveryQueue } from '../../core/deliveries/message.ts';
import type { Lane } from '../../core/endpoints/health.ts';
import type { QueueModel } from './queue-model.ts';

/** The delivery queues over the queue model, a lane each. */
export function createMemoryDeliveryQueue(
  queues: Pick<QueueModel, 'send'>,
  arns: Readonly<Record<Lane, string>>,
): DeliveryQueue {
  return {
    async send(messages) {
      for (const { message, delaySeconds, lane = 'fast' } of messages) {
        queues.send(arns[lane], { body: JSON.stringify(message), delaySeconds, groupId: message.endpointId });
      }
    },
  };
}
