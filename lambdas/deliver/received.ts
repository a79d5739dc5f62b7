import type { DeliveryMessage, ReceivedDelivery } from '../../core/deliveries/message.ts';
import type { ParsedRecord } from '../runtime/sqs.ts';

/** A record of the delivery queue in the product's words. Times are SQS's. */
export function received({ record, message }: ParsedRecord<DeliveryMessage>): ReceivedDelivery {
  const { messageId, receiptHandle, attributes } = record;
  return {
    messageId,
    receiptHandle,
    receiveCount: Number(attributes.ApproximateReceiveCount),
    sentAt: Number(attributes.SentTimestamp),
    firstReceivedAt: Number(attributes.ApproximateFirstReceiveTimestamp),
    message,
  };
}
