import type { ReceivedDelivery } from './message.ts';
import { type DeliveryRecord, isFinal, type Position } from './record.ts';

/** What a message is to its delivery. */
export type Classification =
  /** Its turn: work on it. */
  | { kind: 'live'; position: Position; attempt: number }
  /** Its follow-up exists or its cycle is over: acknowledge it. */
  | { kind: 'stale' }
  /** The letter of a dead delivery on its way to the dead-letter queue: report it as failed. */
  | { kind: 'dying' }
  /** Moved out of the dead-letter queue: it begins the next cycle once the record has adopted it. */
  | { kind: 'redriven'; deadMessageId: string }
  /** The adopted message once more: it crashed into the dead-letter queue before it came to anything, and was moved back. */
  | { kind: 'redriven_again'; position: Position; attempt: number }
  /**
   * Handed on by a twin of the dead message, which may have been deleted after that: it takes the place of the letter.
   */
  | { kind: 'successor' };

/** Tells live, stale, dying and redriven messages apart, by the record alone. */
export function classify(received: ReceivedDelivery, record: DeliveryRecord | undefined): Classification {
  const { message, messageId } = received;
  const body = { cycle: message.cycle, step: message.step };
  if (record === undefined) return { kind: 'live', position: body, attempt: message.attempt };
  if (record.adoptedMessageId === messageId) return classifyAdopted(record);
  if (body.cycle > record.next.cycle) return { kind: 'live', position: body, attempt: message.attempt };
  if (record.status === 'dead') return classifyForDead(received, record);
  if (!isFinal(record.status) && record.adoptedCopy === message.copy) return classifyMovedAgain(received, record);
  const isRunning = body.cycle === record.next.cycle && !isFinal(record.status);
  // A copy of an attempt that was made meanwhile is stale too, although it stands where the next one does.
  const live = isRunning && body.step >= record.next.step && message.attempt > record.attemptCount;
  return live ? { kind: 'live', position: body, attempt: message.attempt } : { kind: 'stale' };
}

/** An adopted message is step 1 of the cycle that adopted it, so a crash after the adoption loses nothing. */
function classifyAdopted(record: DeliveryRecord): Classification {
  if (isFinal(record.status)) {
    return record.deadLetter?.messageId === record.adoptedMessageId && record.status === 'dead'
      ? { kind: 'dying' }
      : { kind: 'stale' };
  }
  if (record.next.step > 1) return { kind: 'stale' };
  return { kind: 'live', position: record.next, attempt: 1 };
}

/** What SQS moves is sent anew: an older message of this body is a late twin of one that was adopted since. */
function classifyMovedAgain({ sentAt }: ReceivedDelivery, record: DeliveryRecord): Classification {
  if (record.next.step > 1 || sentAt <= (record.adoptedSentAt ?? 0)) return { kind: 'stale' };
  return { kind: 'redriven_again', position: record.next, attempt: 1 };
}

function classifyForDead(received: ReceivedDelivery, { deadLetter, next }: DeliveryRecord): Classification {
  const { message, messageId, sentAt } = received;
  if (deadLetter === null) return { kind: 'stale' };
  if (deadLetter.messageId === messageId) return { kind: 'dying' };
  // A move task sends the dead message's own body, as a new message, after the dead one was first received. Both times
  // are SQS's own. Any other body is a late copy of a step that is over.
  if (message.copy === deadLetter.copy && sentAt > deadLetter.firstReceivedAt) {
    return { kind: 'redriven', deadMessageId: deadLetter.messageId };
  }
  return message.cycle === next.cycle && message.step > next.step ? { kind: 'successor' } : { kind: 'stale' };
}
