import { MINUTE_MS } from '../durations.ts';
import type { Lane } from '../endpoints/health.ts';
import { nextStep } from './advance.ts';
import { type LiveDelivery, type Situation, startAgain } from './decide.ts';
import { endpointLane } from './message.ts';
import { type Mover, moveRecord, type RecordStep } from './move-record.ts';
import { hasSlot, releaseProbe } from './permit.ts';
import type { DeliverPorts, NotAttempted } from './ports.ts';
import type { DiscardReason, WaitingFor } from './record.ts';

/** Ends the delivery without a POST. */
export function discard(
  reason: DiscardReason,
  live: Mover,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation> {
  return moveWithoutPost(
    { status: 'discarded', discardReason: reason },
    `discarded: ${reason}`,
    live,
    situation,
    ports,
  );
}

/** Keeps the delivery in the waiting room until its endpoint is resumed or its circuit lets it through. */
export async function hold(
  waitingFor: 'paused' | 'circuit',
  delivery: LiveDelivery,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation> {
  // The mark comes first: the release looks only at endpoints that have it.
  await ports.health.markHolding(delivery);
  const kept = await keepWaiting(waitingFor, null, delivery, situation, ports);
  // AWS may freeze an invocation that is over while its write still has to be sent, and let it go on much later: the release
  // may have cleared the mark meanwhile.
  if (ports.clock() > situation.endsAt) await ports.health.markHoldingAnew(delivery);
  return kept;
}

/** Minimum wait of a delivery that gets no slot under its rate limit; the maximum is twice as long. */
const NO_SLOT_MS = 15 * MINUTE_MS;

/** Keeps the delivery in the waiting room for 15 to 30 minutes, then it asks the rate limit again. */
export function waitForSlot(delivery: LiveDelivery, situation: Situation, ports: DeliverPorts): Promise<Situation> {
  const dueMs = ports.clock() + NO_SLOT_MS * (1 + ports.random.unit());
  return keepWaiting('rate_limit', dueMs, delivery, situation, ports);
}

function keepWaiting(
  waitingFor: WaitingFor,
  dueMs: number | null,
  delivery: LiveDelivery,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation> {
  const step: RecordStep = {
    status: 'waiting',
    waitingFor,
    next: nextStep(delivery.position),
    ...(dueMs !== null && { nextAttemptAt: dueMs }),
  };
  return moveWithoutPost(step, `held: ${waitingFor}`, delivery, situation, ports);
}

/**
 * Sends a copy that carries its slot, delayed in whole seconds, so that the copies of one second arrive together. At
 * least one second: if a slow call let the slot pass, the limit is still used up.
 */
export async function delayToSlot(
  slot: number,
  delivery: LiveDelivery,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation> {
  const { message } = situation.received;
  const next = nextStep(delivery.position);
  const copy = { ...message, ...next, attempt: delivery.attempt, slot };
  const delaySeconds = Math.max(1, Math.ceil((slot - ports.clock()) / 1000));
  await ports.queue.send([{ message: copy, delaySeconds, lane: endpointLane(situation.received) }]);
  const step = { status: 'waiting', waitingFor: 'rate_limit', next, slot, nextAttemptAt: slot } as const;
  return afterCopy(moveWithoutPost(step, 'delayed: rate_limit', delivery, situation, ports), situation, ports);
}

/**
 * The move of a record whose copy is on its way. If it fails on our side, the copy continues the delivery all the same: were this
 * message received again, it would send another copy, and each copy would do so too.
 */
async function afterCopy(move: Promise<Situation>, situation: Situation, ports: DeliverPorts): Promise<Situation> {
  try {
    return await move;
  } catch (fault) {
    ports.observer.retrying(situation.received, fault);
    return { ...situation, done: 'recorded' };
  }
}

/** Sends a copy to the slow lane. */
export function changeLane(delivery: LiveDelivery, situation: Situation, ports: DeliverPorts): Promise<Situation> {
  return sendOn('slow', 'moved to the slow lane', delivery, situation, ports);
}

/**
 * Sends a copy to the same lane: another invocation has time and memory for it. It would have to wait for a claim or a lease of
 * this one, so they are released.
 */
export async function handOn(delivery: LiveDelivery, situation: Situation, ports: DeliverPorts): Promise<Situation> {
  const sent = await sendOn(endpointLane(situation.received), 'handed on', delivery, situation, ports);
  await releaseProbe(delivery, situation, ports);
  if (situation.claim === null) return sent;
  const step = { status: 'retrying', next: nextStep(delivery.position), attemptCount: delivery.attempt - 1 } as const;
  return afterCopy(moveRecord(step, delivery, situation, ports), situation, ports);
}

/**
 * Sends a copy at the next step, and no receive is used up for it. Nothing needs to be recorded: the copy claims its POST, and
 * the claim makes the record.
 */
async function sendOn(
  lane: Lane,
  what: NotAttempted,
  delivery: LiveDelivery,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation> {
  const { slot, ...message } = situation.received.message;
  const copy = {
    ...message,
    ...nextStep(delivery.position),
    attempt: delivery.attempt,
    ...(hasSlot(situation) && { slot }),
  };
  await ports.queue.send([{ message: copy, delaySeconds: 0, lane }]);
  ports.observer.notAttempted(situation.received, what);
  return { ...situation, done: 'recorded' };
}

/** Moves the record, unless another message claims the POST. */
async function moveWithoutPost(
  step: RecordStep,
  what: NotAttempted,
  mover: Mover,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation> {
  const unlessClaimed = { token: situation.claim };
  const moved = await moveRecord({ attemptCount: mover.attempt - 1, ...step, unlessClaimed }, mover, situation, ports);
  if (moved.done === 'check_record') return startAgain(situation, moved.record);
  ports.observer.notAttempted(situation.received, what);
  return moved;
}
