import { type Advance, advanced } from './advance.ts';
import type { LiveDelivery, Situation } from './decide.ts';
import { updateRecord } from './ledger.ts';
import type { DeliverPorts } from './ports.ts';
import { type AttemptEntry, type DeliveryRecord, isFinal, withAttempt } from './record.ts';

/** The message that moves its delivery. */
export type Mover = Pick<LiveDelivery, 'position' | 'attempt'>;

/** Where the record is to move; what is absent is that of the message. */
export type RecordStep = Partial<Advance> & Pick<Advance, 'status'>;

/**
 * Moves the delivery's record, trying again briefly.
 * @returns the situation with the current record; `done` is `check_record` if others had moved it further.
 */
export async function moveRecord(
  step: RecordStep,
  mover: Mover,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation> {
  const { record, written } = await retryBriefly(() => tryMove(step, mover, situation, ports), situation, ports);
  return { ...situation, record, done: written ? 'recorded' : 'check_record' };
}

/** If others have moved the record further, only the attempt is added to its history. */
async function tryMove(step: RecordStep, { position, attempt }: Mover, situation: Situation, ports: DeliverPorts) {
  const { message } = situation.received;
  const advance: Advance = {
    message,
    position,
    next: position,
    attemptCount: attempt,
    nowMs: ports.clock(),
    ...step,
  };
  const moved = await updateRecord(ports.ledger, message, situation.record, (current) => advanced(current, advance));
  // The write may have succeeded although its response was lost.
  const isOurs = moved.written || (moved.record?.status === step.status && moved.record.updatedAt === advance.nowMs);
  if (isOurs && isFinal(step.status)) ports.observer.ended(situation.received, step.status);
  if (!moved.written && step.attempt !== undefined) await addAttempt(step.attempt, moved.record, situation, ports);
  return moved;
}

/** Adds an attempt to the history of a record that others have moved. */
export async function addAttempt(
  attempt: AttemptEntry,
  record: DeliveryRecord | undefined,
  { received: { message } }: Situation,
  { ledger }: DeliverPorts,
): Promise<void> {
  await updateRecord(ledger, message, record, (current) => {
    const attempts = withAttempt(current?.attempts ?? [], attempt);
    return current && attempts !== current.attempts ? { ...current, attempts } : undefined;
  });
}

/** The longest wait between two tries, and the time that the invocation must have left for another one. */
const RETRY_WAIT_MS_MAX = 2_000;
const RETRY_RESERVE_MS = 4_000;

/** How long a failing write may hold the invocation: it holds up the messages that wait for its concurrency. */
const BRIEFLY_MS = 2_000;

/** Retries a failing call for two seconds. */
export function retryBriefly<Result>(
  act: () => Promise<Result>,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Result> {
  return retryUntilDeadline(act, situation, ports, ports.clock() + BRIEFLY_MS);
}

/**
 * Retries a failing call until the invocation is about to end.
 * @param untilMs when to give up before that.
 */
export async function retryUntilDeadline<Result>(
  act: () => Promise<Result>,
  { received }: Situation,
  ports: DeliverPorts,
  untilMs = Number.POSITIVE_INFINITY,
): Promise<Result> {
  for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, RETRY_WAIT_MS_MAX)) {
    try {
      return await act();
    } catch (error) {
      const leftMs = untilMs - ports.clock();
      if (ports.remainingMs() < RETRY_RESERVE_MS + waitMs || leftMs <= 0) throw error;
      ports.observer.retrying(received, error);
      await ports.wait(Math.min(waitMs, leftMs));
    }
  }
}
