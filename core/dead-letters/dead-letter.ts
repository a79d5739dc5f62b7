import { advanced, deadLetterOf, withDeadLetter } from '../deliveries/advance.ts';
import { classify } from '../deliveries/classify.ts';
import type { ReceivedDelivery } from '../deliveries/message.ts';
import type { DeliveryRecord } from '../deliveries/record.ts';

/** What lies in the dead-letter queue of the deliveries, as SQS shows it. Times are SQS's clock, in ms since the epoch. */
export interface ReceivedDeadLetter {
  messageId: string;
  receiptHandle: string;
  receiveCount: number;
  sentAt: number;
  firstReceivedAt: number;
  body: string;
}

/** The dead-letter queue of the deliveries. */
export interface DeadLetterQueue {
  /** How many letters lie in it, those that somebody looks at just now included. Approximate. */
  count(): Promise<number>;
  /** Up to ten letters, hidden from others for half a minute. */
  receive(): Promise<ReceivedDeadLetter[]>;
  /** Deletes letters; what could not be deleted comes again. */
  remove(letters: ReceivedDeadLetter[]): Promise<void>;
  /** Shows letters that were received to others again, before their time. */
  makeVisible(letters: ReceivedDeadLetter[]): Promise<void>;
}

/**
 * The record once this letter is known to rest in the dead-letter queue; undefined where it changes nothing. A message
 * that nobody has worked on, since we failed at it five times, is a death by our own fault. A redriven one that was never
 * adopted stands for its delivery from now on: the letter that it was moved from is gone.
 */
export function afterDeadLetter(
  received: ReceivedDelivery,
  record: DeliveryRecord | undefined,
  nowMs: number,
): DeliveryRecord | undefined {
  const { message } = received;
  const deadLetter = deadLetterOf(received);
  const standing = classify(received, record);
  switch (standing.kind) {
    case 'stale':
    case 'dying':
      return undefined;
    case 'successor':
      return record && withDeadLetter(record, received, nowMs);
    case 'redriven':
      return record && { ...record, deadLetter, updatedAt: nowMs };
    case 'live':
    case 'redriven_again':
      return advanced(record, {
        message,
        position: standing.position,
        next: standing.position,
        status: 'dead',
        attemptCount: standing.attempt - 1,
        lastError: 'our_fault',
        deathReason: 'our_fault',
        deadLetter,
        nowMs,
        // Another copy is being posted this moment: what becomes of it decides.
        unlessClaimed: { token: null },
      });
  }
}
