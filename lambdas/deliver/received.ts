import type { DeliveryMessage, ReceivedDelivery } from '../../core/deliveries/message.ts';
import type { ParsedRecord } from '../runtime/sqs.ts';

/** A record of a delivery queue in the product's words. Times are SQS's. */
export function received({ record, message }: ParsedRecord<DeliveryMessage>, slowQueueUrl: string): ReceivedDelivery {
  const { messageId, receiptHandle, attributes, eventSourceARN } = record;
  return {
    messageId,
    receiptHandle,
    receiveCount: Number(attributes.ApproximateReceiveCount),
    sentAt: Number(attributes.SentTimestamp),
    firstReceivedAt: Number(attributes.ApproximateFirstReceiveTimestamp),
    // URL and ARN of a queue both end in its name.
    lane: slowQueueUrl.endsWith(`/${eventSourceARN.slice(eventSourceARN.lastIndexOf(':') + 1)}`) ? 'slow' : 'fast',
    message,
  };
}
