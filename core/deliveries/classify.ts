import type { ReceivedDelivery } from './message.ts';
import { type DeliveryRecord, isFinal, type Position } from './record.ts';

/** How a message relates to the record of its delivery. */
export type Classification =
  /** It is at the record's position or ahead of it: process it, as this attempt. */
  | { kind: 'live'; position: Position; attempt: number }
  /** Another message follows it, or its cycle is over. */
  | { kind: 'stale' }
  /** It is the dead letter, on its way to the dead-letter queue. */
  | { kind: 'dead_letter' }
  /** SQS moved it out of the dead-letter queue: it begins the next cycle once the record has adopted it. */
  | { kind: 'redriven'; deadMessageId: string }
  /** It was adopted, failed before its attempt, and SQS moved it out of the dead-letter queue once more, under a new id. */
  | { kind: 'redriven_again'; position: Position; attempt: number }
  /**
   * A later step of a dead delivery. SQS delivered the previous message twice: one receive sent this follow-up and
   * deleted that message, the other recorded the delivery as dead. So it replaces a dead letter that may be gone.
   */
  | { kind: 'successor' };

/** Compares a message with the record of its delivery. */
export function classify(received: ReceivedDelivery, record: DeliveryRecord | undefined): Classification {
  const { message, messageId } = received;
  const body = { cycle: message.cycle, step: message.step };
  if (record === undefined) return { kind: 'live', position: body, attempt: message.attempt };
  if (record.adoptedMessageId === messageId) return classifyAdopted(record);
  if (body.cycle > record.next.cycle) return { kind: 'live', position: body, attempt: message.attempt };
  if (record.status === 'dead') return classifyForDead(received, record);
  if (!isFinal(record.status) && record.adoptedCopy === message.copy) return classifyMovedAgain(received, record);
  const isRunning = body.cycle === record.next.cycle && !isFinal(record.status);
  // Also stale: a copy whose attempt has been made meanwhile, although its step equals the next attempt's.
  const live = isRunning && body.step >= record.next.step && message.attempt > record.attemptCount;
  return live ? { kind: 'live', position: body, attempt: message.attempt } : { kind: 'stale' };
}

/** The adopted message is step 1 of its cycle, so a crash after the adoption loses nothing. */
function classifyAdopted(record: DeliveryRecord): Classification {
  if (isFinal(record.status)) {
    return record.deadLetter?.messageId === record.adoptedMessageId && record.status === 'dead'
      ? { kind: 'dead_letter' }
      : { kind: 'stale' };
  }
  if (record.next.step > 1) return { kind: 'stale' };
  return { kind: 'live', position: record.next, attempt: 1 };
}

/** SQS sends a moved message as a new one: an older message with this body is a late copy of the adopted one. */
function classifyMovedAgain({ sentAt }: ReceivedDelivery, record: DeliveryRecord): Classification {
  if (record.next.step > 1 || sentAt <= (record.adoptedSentAt ?? 0)) return { kind: 'stale' };
  return { kind: 'redriven_again', position: record.next, attempt: 1 };
}

function classifyForDead(received: ReceivedDelivery, { deadLetter, next }: DeliveryRecord): Classification {
  const { message, messageId, sentAt } = received;
  if (deadLetter === null) return { kind: 'stale' };
  if (deadLetter.messageId === messageId) return { kind: 'dead_letter' };
  // A move task sends the dead letter's own body as a new message, after the dead letter was first received (both times
  // are SQS's). Any other body is a late copy of an earlier step.
  if (message.copy === deadLetter.copy && sentAt > deadLetter.firstReceivedAt) {
    return { kind: 'redriven', deadMessageId: deadLetter.messageId };
  }
  return message.cycle === next.cycle && message.step > next.step ? { kind: 'successor' } : { kind: 'stale' };
}

/**
 * Whether the POST must be claimed first. Not for a plain first attempt that is received for the first time: nearly every
 * delivery is one, and saves a write. A second receive before its POST is recorded makes a second POST.
 */
export function needsClaim({ message, receiveCount }: ReceivedDelivery, record: DeliveryRecord | undefined): boolean {
  const isPlain = message.cycle === 1 && message.step === 1 && receiveCount === 1 && !message.repeat;
  return !isPlain || message.forced === true || record !== undefined;
}

/** When SQS accepted this message, if an operator asked for it (replay, redrive, test, send now); null for all others. */
export function requestedAt(
  { message, sentAt }: ReceivedDelivery,
  { position, attempt }: { position: Position; attempt: number },
): number | null {
  const isFirst = attempt === 1 && (message.forced || position.cycle > 1);
  return isFirst || message.requested ? sentAt : null;
}
