import { advanced, deadLetterOf, withDeadLetter } from '../deliveries/advance.ts';
import { classify } from '../deliveries/classify.ts';
import type { ReceivedDelivery } from '../deliveries/message.ts';
import type { DeliveryRecord } from '../deliveries/record.ts';

/** A message of the dead-letter queue of deliveries. Times are SQS's clock, in ms since the epoch. */
export interface ReceivedDeadLetter {
  messageId: string;
  receiptHandle: string;
  receiveCount: number;
  sentAt: number;
  firstReceivedAt: number;
  body: string;
}

/** The dead-letter queue of deliveries. */
export interface DeadLetterQueue {
  /** How many messages it holds, those being received included. Approximate. */
  count(): Promise<number>;
  /** Up to ten messages, invisible to others for half a minute. */
  receive(): Promise<ReceivedDeadLetter[]>;
  /** Deletes messages; what could not be deleted is received again. */
  remove(deadLetters: ReceivedDeadLetter[]): Promise<void>;
  /** Makes received messages visible to others again, before their timeout. */
  makeVisible(deadLetters: ReceivedDeadLetter[]): Promise<void>;
}

/**
 * The record once this message is known to be in the dead-letter queue; undefined if that changes nothing. A live message
 * there failed five receives on our side, so the delivery is dead as `our_fault`. A redriven one that was not adopted
 * becomes the dead letter: SQS gave it a new id when it moved it, so no message has the recorded id any more.
 */
export function afterDeadLetter(
  received: ReceivedDelivery,
  record: DeliveryRecord | undefined,
  nowMs: number,
): DeliveryRecord | undefined {
  const { message } = received;
  const deadLetter = deadLetterOf(received);
  const classification = classify(received, record);
  switch (classification.kind) {
    case 'stale':
    case 'dead_letter':
      return undefined;
    case 'successor':
      return record && withDeadLetter(record, received, nowMs);
    case 'redriven':
      return record && { ...record, deadLetter, updatedAt: nowMs };
    case 'live':
    case 'redriven_again':
      return advanced(record, {
        message,
        position: classification.position,
        next: classification.position,
        status: 'dead',
        attemptCount: classification.attempt - 1,
        lastError: 'our_fault',
        deathReason: 'our_fault',
        deadLetter,
        nowMs,
        // Another receive may be making the POST: its result decides.
        unlessClaimed: { token: null },
      });
  }
}
