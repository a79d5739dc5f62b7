import { advanced, deadLetterOf, nextStep, withDeadLetter } from '../deliveries/advance.ts';
import { classify } from '../deliveries/classify.ts';
import type { ReceivedDelivery } from '../deliveries/message.ts';
import type { Mover, RecordStep } from '../deliveries/move-record.ts';
import { EXPIRY_MARGIN_MS } from '../deliveries/outcome.ts';
import { attemptEntry, type DeliveryRecord } from '../deliveries/record.ts';
import { doublingWaitMs } from '../durations.ts';

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

/** How often a delivery is sent again by itself within a cycle: over about ten hours, five receives a round. */
const ROUNDS_MAX = 10;

/**
 * The record once this message is known to be in the dead-letter queue; undefined if that changes nothing. A live message
 * there failed five receives on our side: its delivery waits to be sent again, or is dead as `our_fault`. A redriven one that
 * was not adopted becomes the dead letter: SQS gave it a new id when it moved it, so no message has the recorded id any more.
 */
export function afterDeadLetter(
  received: ReceivedDelivery,
  record: DeliveryRecord | undefined,
  nowMs: number,
): DeliveryRecord | undefined {
  const classification = classify(received, record);
  switch (classification.kind) {
    case 'stale':
    case 'dead_letter':
      return undefined;
    case 'successor':
      return record && withDeadLetter(record, received, nowMs);
    case 'redriven':
      return record && { ...record, deadLetter: deadLetterOf(received), updatedAt: nowMs };
    case 'live':
    case 'redriven_again':
      return afterOurFault(received, classification, record, nowMs);
  }
}

/**
 * The record after a message failed on our side. The next step goes into the waiting room, further away with each round: from
 * then on the letter is stale. A success that it carries is recorded; a failure only becomes part of the history, since
 * what follows it depends on the endpoint.
 */
function afterOurFault(
  received: ReceivedDelivery,
  { position, attempt }: Mover,
  record: DeliveryRecord | undefined,
  nowMs: number,
): DeliveryRecord | undefined {
  const { message } = received;
  // A dead letter that was redriven carries that of the cycle that ended.
  const result = message.cycle === position.cycle ? message.result : undefined;
  const move = (step: RecordStep) =>
    advanced(record, {
      message,
      position,
      next: position,
      attemptCount: attempt - 1,
      lastError: 'our_fault',
      nowMs,
      ...(result && { attempt: attemptEntry(result, position, attempt) }),
      // Another receive may be making the POST: its result decides.
      unlessClaimed: { token: null },
      ...step,
    });
  if (result?.errorCode === null) return move({ status: 'delivered', attemptCount: attempt, lastError: null });
  const rounds = record?.next.cycle === position.cycle ? record.rounds : 0;
  const nextAttemptAt = nowMs + doublingWaitMs(rounds);
  if (rounds >= ROUNDS_MAX || nextAttemptAt > message.expiresAt - EXPIRY_MARGIN_MS) {
    return move({ status: 'dead', deathReason: 'our_fault', deadLetter: deadLetterOf(received) });
  }
  const next = nextStep(position);
  return move({ status: 'waiting', waitingFor: 'backoff', next, nextAttemptAt, rounds: rounds + 1 });
}
