import { QUICK_ANSWER_MS } from '../endpoints/circuit-breaker.ts';
import { isOperational } from '../event-types/name.ts';
import { deadLetterOf, nextStep } from './advance.ts';
import { isCarriedFailure, type LiveDelivery, type ResultDecision, type Situation } from './decide.ts';
import { addAttempt, moveRecord, type RecordStep, retryBriefly, retryUntilDeadline } from './move-record.ts';
import { errorText } from './outcome.ts';
import type { DeliverPorts } from './ports.ts';
import { attemptEntry, type DeathReason } from './record.ts';
import type { AttemptResult } from './sender.ts';

/**
 * Makes what follows a result durable, and then records the result. An error on our side is retried briefly; then a copy
 * of the message carries the result of the POST, so that the POST is not made again and the invocation can end.
 */
export async function recordResult(
  decision: ResultDecision,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation> {
  const { received, result } = situation;
  if (result === undefined) {
    if (decision.do === 'die') ports.observer.notAttempted(received, `dead: ${decision.reason}`);
    return followUp(decision, situation, ports);
  }
  const health = result.isNew ? updateHealth(result.attempt, decision.delivery, situation, ports) : undefined;
  let recorded: Situation;
  try {
    recorded = await followUp(decision, situation, ports);
  } catch (fault) {
    if (result.isCarried) throw fault;
    ports.observer.retrying(received, fault);
    return await handOnResult(result.attempt, decision.delivery, situation, ports);
  } finally {
    await health;
  }
  ports.unrecordedResults.delete(received.messageId);
  ports.observer.attempted(received, result.attempt, decision, decision.delivery.endpoint);
  return recorded;
}

async function followUp(decision: ResultDecision, situation: Situation, ports: DeliverPorts): Promise<Situation> {
  const { delivery } = decision;
  // A success wins, whoever is making another POST.
  const unlessClaimed =
    situation.result && isCarriedFailure(situation.result) ? { unlessClaimed: { token: null } } : {};
  const step = { ...stepAfter(decision, situation, ports.clock()), ...unlessClaimed };
  if (decision.do === 'retry') await sendNextAttempt(decision.delayMs, delivery, situation, ports);
  if (decision.do === 'die' && decision.disableEndpoint) {
    await retryBriefly(() => ports.endpoints.disable(delivery.endpoint, 'gone'), situation, ports);
  }
  const moved = await moveRecord(step, delivery, situation, ports);
  // A success needs no follow-up. After a death the record decides, no matter who wrote it: a write may have succeeded
  // although its response was lost.
  if (decision.do === 'recordDelivered') return { ...moved, done: 'recorded' };
  return decision.do === 'die' ? { ...moved, done: 'check_record' } : moved;
}

/**
 * Records the result that the message carries although the record went on without it: a success wins within its cycle, and
 * any other attempt is added to the history.
 */
export async function noteAttempt(situation: Situation, ports: DeliverPorts): Promise<Situation> {
  const { record, result, received } = situation;
  if (result === undefined) return { ...situation, done: 'recorded' };
  const { cycle, step, attempt } = received.message;
  const entry = attemptEntry(result.attempt, { cycle }, attempt);
  if (result.attempt.errorCode === null) {
    const delivered = { status: 'delivered', lastError: null, attempt: entry } as const;
    const moved = await moveRecord(delivered, { position: { cycle, step }, attempt }, situation, ports);
    return { ...moved, done: 'recorded' };
  }
  await retryBriefly(() => addAttempt(entry, record, situation, ports), situation, ports);
  return { ...situation, done: 'recorded' };
}

/** The least delay of a message that carries a result; the most is three times as long, so that they do not come together. */
const HAND_ON_SECONDS = 10;

/**
 * Sends a copy of the message that carries the result: whoever receives it records it, after making durable again what
 * follows. It has the next step, because a write that failed may have taken effect: if that made this message the dead
 * letter, the copy is its successor; in all other cases it is stale, since its attempt is recorded.
 * Its POST was made, so it has no slot.
 */
async function handOnResult(
  result: AttemptResult,
  { position, attempt, ...delivery }: LiveDelivery,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation> {
  const { slot: _, copy: __, ...message } = situation.received.message;
  const copy = {
    message: { ...message, ...nextStep(position), attempt, result },
    delaySeconds: Math.ceil(HAND_ON_SECONDS * (1 + 2 * ports.random.unit())),
    lane: ports.health.newest(delivery).lane,
  };
  await retryUntilDeadline(() => ports.queue.send([copy]), situation, ports);
  // Its result stays in memory: if its deletion is lost, it is received again, maybe before the copy.
  return { ...situation, done: 'recorded' };
}

/** The record's next state after a result. */
function stepAfter(decision: ResultDecision, situation: Situation, nowMs: number): RecordStep {
  const { position, attempt: number } = decision.delivery;
  const result = situation.result?.attempt;
  const made = result && { attempt: attemptEntry(result, position, number) };
  const error = result ? errorText(result) : null;
  const later = (delayMs: number) => ({ next: nextStep(position), nextAttemptAt: nowMs + delayMs });
  switch (decision.do) {
    case 'recordDelivered':
      return { status: 'delivered', lastError: null, ...made };
    case 'retry':
      return { status: 'retrying', ...later(decision.delayMs), lastError: error, ...made };
    case 'retryLater':
      return { status: 'waiting', waitingFor: 'backoff', ...later(decision.delayMs), lastError: error, ...made };
    case 'die':
      return {
        status: 'dead',
        deathReason: decision.reason,
        deadLetter: deadLetterOf(situation.received),
        lastError: deathText(decision.reason, error),
        attemptCount: result ? number : number - 1,
        ...made,
      };
  }
}

/** The error that operators see for a dead delivery. */
function deathText(reason: DeathReason, error: string | null): string {
  if (error === null) return reason;
  return reason === 'exhausted' ? error : `${reason}: ${error}`;
}

async function sendNextAttempt(
  delayMs: number,
  delivery: LiveDelivery,
  situation: Situation,
  ports: DeliverPorts,
): Promise<void> {
  const { position, attempt } = delivery;
  // No `repeat`: its step distinguishes it. No `slot`, no `requested`: they are used once. No `copy`: each message has its own.
  const { repeat: _, slot: __, copy: ___, requested: ____, ...message } = situation.received.message;
  const next = {
    message: { ...message, ...nextStep(position), attempt: attempt + 1 },
    delaySeconds: Math.ceil(delayMs / 1000),
    lane: ports.health.newest(delivery).lane,
  };
  await retryUntilDeadline(() => ports.queue.send([next]), situation, ports);
}

/** Best effort: the next attempt makes up for a lost update. It never fails a message. */
async function updateHealth(
  result: AttemptResult,
  delivery: LiveDelivery,
  situation: Situation,
  ports: DeliverPorts,
): Promise<void> {
  const { received, probe } = situation;
  const { at, durationMs, statusCode, errorCode } = result;
  const seen = {
    at: at + durationMs,
    succeeded: errorCode === null,
    quick: statusCode !== null && durationMs <= QUICK_ANSWER_MS,
    probe: typeof probe === 'object' ? probe.token : null,
    silent: isOperational(received.message.eventType),
  };
  try {
    if (await ports.health.attempted(delivery, seen)) await ports.endpoints.disable(delivery.endpoint, 'failing');
  } catch (error) {
    ports.observer.healthNotUpdated(received, error);
  }
}
