import { QUICK_ANSWER_MS } from '../endpoints/circuit-breaker.ts';
import { isOperational } from '../event-types/name.ts';
import { type Advance, advanced } from './advance.ts';
import { classify } from './classify.ts';
import { updateRecord } from './ledger.ts';
import { DELAY_SECONDS_MAX, type ReceivedDelivery } from './message.ts';
import { errorText, type Outcome, outcomeOf } from './outcome.ts';
import type { DeliverPorts, DeliveryContext, MessageContext, Verdict } from './ports.ts';
import { type AttemptEntry, type DeadLetter, type DeathReason, type DeliveryRecord, withAttempt } from './record.ts';
import type { AttemptResult } from './sender.ts';

/**
 * Our own fault after a POST is retried, and the result remembered: a POST is never made again for it.
 * @param seen given when the endpoint's health has yet to learn of the result; with the lease, if it was the probe.
 */
export async function settle(
  work: DeliveryContext,
  result: AttemptResult,
  ports: DeliverPorts,
  seen: { probe: string | null } | null = null,
): Promise<Verdict> {
  const { received, endpoint, attempt } = work;
  ports.unrecordedResults.set(received.messageId, result);
  const outcome = outcomeOf(result, {
    policy: endpoint.retryPolicy,
    attempt,
    expiresAt: received.message.expiresAt,
    nowMs: ports.clock(),
    unit: ports.random.unit(),
  });
  const noted = seen && noteHealth(work, result, seen.probe, ports);
  let verdict: Verdict;
  try {
    verdict = await follow(work, result, outcome, ports);
  } finally {
    await noted;
  }
  ports.unrecordedResults.delete(received.messageId);
  ports.observer.attempted(received, result, outcome, endpoint);
  return verdict;
}

/** Best effort: what is not noted here, the next attempt tells again. It never fails a message. */
async function noteHealth(
  work: DeliveryContext,
  result: AttemptResult,
  probe: string | null,
  ports: DeliverPorts,
): Promise<void> {
  const { at, durationMs, statusCode, errorCode } = result;
  const seen = {
    at: at + durationMs,
    succeeded: errorCode === null,
    quick: statusCode !== null && durationMs <= QUICK_ANSWER_MS,
    probe,
    silent: isOperational(work.received.message.eventType),
  };
  try {
    if (await ports.health.attempted(work, seen)) await ports.endpoints.disable(work.endpoint, 'failing');
  } catch (fault) {
    ports.observer.healthNotUpdated(work.received, fault);
  }
}

async function follow(
  work: DeliveryContext,
  result: AttemptResult,
  outcome: Outcome,
  ports: DeliverPorts,
): Promise<Verdict> {
  switch (outcome.kind) {
    case 'delivered':
      await advanceRecord(work, { status: 'delivered', lastError: null, attempt: entryOf(work, result) }, ports);
      return 'acknowledge';
    case 'retry':
      return retry(work, result, outcome.delayMs, ports);
    case 'dead':
      if (outcome.disableEndpoint)
        await retryUntilDeadline(() => ports.endpoints.disable(work.endpoint, 'gone'), work, ports);
      return die(work, outcome.reason, result, ports);
  }
}

async function retry(
  work: DeliveryContext,
  result: AttemptResult,
  delayMs: number,
  ports: DeliverPorts,
): Promise<Verdict> {
  const next = { cycle: work.position.cycle, step: work.position.step + 1 };
  const common = {
    next,
    nextAttemptAt: ports.clock() + delayMs,
    lastError: errorText(result),
    attempt: entryOf(work, result),
  };
  const delaySeconds = Math.ceil(delayMs / 1000);
  if (delaySeconds > DELAY_SECONDS_MAX) {
    return afterLostRace(
      work,
      await advanceRecord(work, { ...common, status: 'waiting', waitingFor: 'backoff' }, ports),
      ports,
    );
  }
  // A copy of a copy is no longer a repeat: its own step tells it apart.
  const { repeat: _, slot: __, copy: ___, ...message } = work.received.message;
  const followUp = {
    message: { ...message, ...next, attempt: work.attempt + 1 },
    delaySeconds,
    lane: ports.health.newest(work).lane,
  };
  await retryUntilDeadline(() => ports.queue.send([followUp]), work, ports);
  return afterLostRace(work, await advanceRecord(work, { ...common, status: 'retrying' }, ports), ports);
}

/**
 * What becomes of a message once its delivery has moved on, by this message or by another. SQS may hand one message out
 * twice, and its double may have made it the dead letter: then it must not be deleted. Neither must what was handed on
 * from a letter that may be gone: it is looked at again, and takes the letter's place.
 */
export async function afterLostRace(
  { received }: MessageContext,
  { record, written }: { record: DeliveryRecord | undefined; written: boolean },
  ports: DeliverPorts,
): Promise<Verdict> {
  const { kind } = written ? { kind: 'stale' } : classify(received, record);
  if (kind === 'dying') return failToDeadLetterQueue(received, ports);
  if (kind !== 'heir') return 'acknowledge';
  await ports.changeVisibility(received, 1);
  return 'try_again';
}

/** The message itself becomes the dead letter, so that SQS moves it and knows where it came from. */
export async function die(
  work: DeliveryContext,
  reason: DeathReason,
  result: AttemptResult | undefined,
  ports: DeliverPorts,
): Promise<Verdict> {
  const deadLetter = deadLetterOf(work.received);
  const error = result && errorText(result);
  const { record } = await advanceRecord(
    work,
    {
      status: 'dead',
      deathReason: reason,
      deadLetter,
      lastError: error ? (reason === 'exhausted' ? error : `${reason}: ${error}`) : reason,
      attemptCount: result ? work.attempt : work.attempt - 1,
      ...(result && { attempt: entryOf(work, result) }),
    },
    ports,
  );
  if (result === undefined) ports.observer.settled(work.received, `dead: ${reason}`);
  // By the record, not by who wrote it: a write that took effect and still failed is ours too.
  return afterLostRace(work, { record, written: false }, ports);
}

/** A message as the letter of its delivery. */
export function deadLetterOf({ messageId, message, firstReceivedAt, sentAt }: ReceivedDelivery): DeadLetter {
  return { messageId, copy: message.copy, firstReceivedAt, sentAt };
}

/** The record once an heir has taken the letter's place: what it stands for is at its own step, the furthest of all. */
export function withSuccessor(record: DeliveryRecord, heir: ReceivedDelivery, nowMs: number): DeliveryRecord {
  const next = { cycle: record.next.cycle, step: heir.message.step };
  return { ...record, deadLetter: deadLetterOf(heir), next, updatedAt: nowMs };
}

/** A dead letter is shown at once, again and again, so that the redrive policy soon counts it out. */
export async function failToDeadLetterQueue(received: ReceivedDelivery, ports: DeliverPorts): Promise<Verdict> {
  await ports.changeVisibility(received, 0);
  return 'try_again';
}

function entryOf({ position, attempt }: DeliveryContext, result: AttemptResult): AttemptEntry {
  const { at, durationMs, statusCode, errorCode, responseExcerpt } = result;
  return { number: attempt, cycle: position.cycle, at, durationMs, statusCode, errorCode, responseExcerpt };
}

export type Step = Partial<Advance> & Pick<Advance, 'status'>;

/** Moves the record, insisting while the invocation lasts. */
export function advanceRecord(work: MessageContext, step: Step, ports: DeliverPorts) {
  return retryUntilDeadline(() => tryAdvance(work, step, ports), work, ports);
}

/** Moves the record; where others have moved it further, only the attempt is added to its history. */
async function tryAdvance(work: MessageContext, step: Step, ports: DeliverPorts) {
  const { received, position, attempt, record } = work;
  const advance: Advance = {
    message: received.message,
    position,
    next: position,
    attemptCount: attempt,
    nowMs: ports.clock(),
    ...step,
  };
  const moved = await updateRecord(ports.ledger, received.message, record, (current) => advanced(current, advance));
  if (!moved.written && step.attempt !== undefined) {
    await updateRecord(ports.ledger, received.message, moved.record, (current) => {
      const attempts = withAttempt(current?.attempts ?? [], step.attempt);
      return current && attempts !== current.attempts ? { ...current, attempts } : undefined;
    });
  }
  return moved;
}

/** Waits between tries after a POST, and what must be left of the invocation to try once more. */
const INSIST_WAIT_MS_MAX = 2_000;
const INSIST_RESERVE_MS = 4_000;

async function retryUntilDeadline<Result>(
  act: () => Promise<Result>,
  { received }: MessageContext,
  ports: DeliverPorts,
): Promise<Result> {
  for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, INSIST_WAIT_MS_MAX)) {
    try {
      return await act();
    } catch (fault) {
      if (ports.remainingMs() < INSIST_RESERVE_MS + waitMs) throw fault;
      ports.observer.retrying(received, fault);
      await ports.wait(waitMs);
    }
  }
}
