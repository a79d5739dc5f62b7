import type { DeliveryMessage, ReceivedDelivery } from '../../core/deliveries/message.ts';
import { isFrom, type ParsedRecord } from '../runtime/sqs.ts';

/** A record of a delivery queue as the core knows it. Times are SQS's. */
export function received({ record, message }: ParsedRecord<DeliveryMessage>, slowQueueUrl: string): ReceivedDelivery {
  const { messageId, receiptHandle, attributes } = record;
  return {
    messageId,
    receiptHandle,
    receiveCount: Number(attributes.ApproximateReceiveCount),
    sentAt: Number(attributes.SentTimestamp),
    firstReceivedAt: Number(attributes.ApproximateFirstReceiveTimestamp),
    lane: isFrom(record, slowQueueUrl) ? 'slow' : 'fast',
    message,
  };
}
