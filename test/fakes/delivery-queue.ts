import { type DeliveryQueue, deliveryBody } from '../../core/deliveries/message.ts';
import type { Lane } from '../../core/endpoints/health.ts';
import type { Random } from '../../core/random.ts';
import type { QueueModel } from '../../local/sqs-model/queue-model.ts';

/** The delivery queues over the queue model, one per lane. */
export function createMemoryDeliveryQueue(
  queues: Pick<QueueModel, 'send'>,
  arns: Readonly<Record<Lane, string>>,
  random: Random,
): DeliveryQueue {
  return {
    async send(messages) {
      for (const { message, delaySeconds, lane = 'fast' } of messages) {
        queues.send(arns[lane], { body: deliveryBody(message, random), delaySeconds, groupId: message.endpointId });
      }
    },
  };
}
