import { type DeliveryLane, type DeliveryQueue, deliveryBody, routeOf } from '../../core/deliveries/message.ts';
import type { Random } from '../../core/random.ts';
import type { QueueModel } from '../../local/sqs-model/queue-model.ts';

/** The delivery queues over the queue model, one per lane. */
export function createMemoryDeliveryQueue(
  queues: Pick<QueueModel, 'send'>,
  arns: Readonly<Record<DeliveryLane, string>>,
  random: Random,
): DeliveryQueue {
  return {
    async send(messages) {
      for (const outgoing of messages) {
        const { message, delaySeconds } = outgoing;
        const { lane, groupId } = routeOf(outgoing);
        queues.send(arns[lane], { body: deliveryBody(message, random), delaySeconds, groupId });
      }
    },
  };
}
