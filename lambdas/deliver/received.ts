import type { DeliveryMessage, ReceivedDelivery } from '../../core/deliveries/message.ts';
import { type ParsedRecord, sourceOf } from '../runtime/sqs.ts';
import type { DeliverSource } from './config.ts';

/** A record of a delivery queue as the core knows it. Times are SQS's. */
export function received(
  { record, message }: ParsedRecord<DeliveryMessage>,
  queueUrls: Readonly<Record<DeliverSource, string>>,
): ReceivedDelivery {
  const { messageId, receiptHandle, attributes } = record;
  return {
    messageId,
    receiptHandle,
    receiveCount: Number(attributes.ApproximateReceiveCount),
    sentAt: Number(attributes.SentTimestamp),
    firstReceivedAt: Number(attributes.ApproximateFirstReceiveTimestamp),
    lane: sourceOf(record, queueUrls),
    message,
  };
}
