import { checkCircuit } from '../endpoints/circuit-breaker.ts';
import type { EndpointWithHealth } from '../endpoints/endpoint.ts';
import { matches } from '../event-types/pattern.ts';
import type { Postponed } from '../rate/limiter.ts';
import { makeAttempt, waitFor } from './attempt.ts';
import { advanceRecord, afterLostRace, die, type Step, settle } from './hand-on.ts';
import type { DeliveryMessage } from './message.ts';
import { EXPIRY_MARGIN_MS } from './outcome.ts';
import { hasSlot, waitForPermit } from './pace.ts';
import type { DeliverPorts, DeliveryContext, MessageContext, Verdict } from './ports.ts';
import { claimedUntil, type DeliveryRecord, type DiscardReason, type WaitingFor } from './record.ts';

/**
 * What stands between a living message and its POST, in this order: a result of it that is still to be recorded, another's
 * claim, the endpoint's state, expiry, pause, circuit, lane, limit per second; then, in the attempt itself, the claim, the
 * probe's lease, and the limit again where these took too long.
 */
export async function passGate(
  turn: MessageContext,
  known: EndpointWithHealth | undefined,
  ports: DeliverPorts,
): Promise<Verdict> {
  const { message, lane } = turn.received;
  const remembered = ports.unrecordedResults.get(turn.received.messageId);
  if (remembered !== undefined && known !== undefined) return settle({ ...turn, ...known }, remembered, ports);
  const held = yieldTo(turn, turn.record, ports);
  if (held !== undefined) return held;
  // A discard is final: an endpoint that was switched on a moment ago must not suffer from what is remembered of it.
  const addressee = refusalOf(message, known) === undefined ? known : await lookAgain(message, ports);
  const refusal = refusalOf(message, addressee);
  if (addressee === undefined || refusal !== undefined) return discard(turn, refusal ?? 'endpoint_deleted', ports);
  const { endpoint, health } = addressee;
  const work: DeliveryContext = { ...turn, endpoint, health };
  if (ports.clock() > message.expiresAt - EXPIRY_MARGIN_MS) return die(work, 'expired', undefined, ports);
  if (endpoint.state === 'paused') return hold(work, 'paused', ports);
  const chosenAt = chosenAtOf(work);
  const passed = checkCircuit(health, chosenAt, ports.clock());
  if (passed === 'hold') return hold(work, 'circuit', ports);
  if (lane === 'fast' && health.lane === 'slow') return passOn(work, ports);
  const leave = await waitForPermit(work, ports);
  if (leave.kind !== 'post') return standInLine(work, leave, ports);
  const probe = passed === 'probe' ? { chosenAt } : null;
  const attempted = await makeAttempt(work, { probe, postUntil: leave.until }, ports);
  switch (attempted.kind) {
    case 'settled':
      return attempted.verdict;
    case 'held':
      return hold(attempted.work, 'circuit', ports);
    case 'late':
      return standInLine(attempted.work, attempted.answer, ports);
  }
}

/** Why this endpoint gets no such delivery; undefined when it does. */
function refusalOf(message: DeliveryMessage, addressee: EndpointWithHealth | undefined): DiscardReason | undefined {
  if (addressee === undefined) return 'endpoint_deleted';
  const { state, eventTypes } = addressee.endpoint;
  if (state === 'disabled') return 'endpoint_disabled';
  return message.forced || matches(eventTypes, message.eventType) ? undefined : 'unsubscribed';
}

async function lookAgain(
  { endpointId, tenant }: DeliveryMessage,
  ports: DeliverPorts,
): Promise<EndpointWithHealth | undefined> {
  const addressee = (await ports.ledger.load([], [endpointId])).endpoints.get(endpointId);
  return addressee?.endpoint.tenant === tenant ? addressee : undefined;
}

/** When an operator chose to send this: a replay, a redrive or a test. Its retries are as any others. */
function chosenAtOf({ received, position, attempt }: DeliveryContext): number | null {
  const { message, sentAt } = received;
  return attempt === 1 && (message.forced || position.cycle > 1) ? sentAt : null;
}

function discard(work: MessageContext, discardReason: DiscardReason, ports: DeliverPorts): Promise<Verdict> {
  return moveOn(work, { status: 'discarded', discardReason }, `discarded: ${discardReason}`, ports);
}

/** Another invocation holds the POST of this delivery: nothing may be moved under it, and it may yet die of it. */
function yieldTo(
  { received, position, token }: MessageContext,
  record: DeliveryRecord | undefined,
  ports: DeliverPorts,
): Promise<Verdict> | undefined {
  const until = claimedUntil(record, position.cycle, token ?? null, ports.clock());
  return until === undefined ? undefined : waitFor(until, received, ports);
}

/** Moves the record without a POST, unless another message holds it. */
async function moveOn(work: MessageContext, step: Step, what: string, ports: DeliverPorts): Promise<Verdict> {
  const unlessClaimed = { token: work.token ?? null };
  const { record, written } = await advanceRecord(
    work,
    { attemptCount: work.attempt - 1, ...step, unlessClaimed },
    ports,
  );
  const held = written ? undefined : yieldTo(work, record, ports);
  if (held !== undefined) return held;
  ports.observer.settled(work.received, what);
  return afterLostRace(work, { record, written }, ports);
}

/** Parks a delivery while its endpoint is paused or its circuit open; it uses no attempt and is released by state. */
async function hold(work: DeliveryContext, waitingFor: 'paused' | 'circuit', ports: DeliverPorts): Promise<Verdict> {
  await ports.health.markHolding(work);
  return park(work, waitingFor, null, ports);
}

/** Over the limit per second: it comes back to ask again, and uses no attempt. */
function standInLine(work: DeliveryContext, answer: Postponed, ports: DeliverPorts): Promise<Verdict> {
  return answer.kind === 'no_room' ? waitForRoom(work, ports) : takeSlot(work, answer.at, ports);
}

/** The line of the rate limit is longer than SQS can delay: the sweep brings it back. */
function waitForRoom(work: DeliveryContext, ports: DeliverPorts): Promise<Verdict> {
  const waitMs = RETURN_MS * (1 + ports.random.unit());
  return park(work, 'rate_limit', ports.clock() + waitMs, ports);
}

const RETURN_MS = 900_000;

function park(
  work: DeliveryContext,
  waitingFor: WaitingFor,
  dueAt: number | null,
  ports: DeliverPorts,
): Promise<Verdict> {
  const parked = { status: 'waiting', waitingFor, next: stepOf(work) } as const;
  return moveOn(work, { ...parked, ...(dueAt !== null && { nextAttemptAt: dueAt }) }, `held: ${waitingFor}`, ports);
}

/**
 * A copy delayed to its slot in the line, which it carries; in whole seconds, so a slot's second comes as one. At least one:
 * when a slow call has let the slot pass, the gate is as full as it was.
 */
async function takeSlot(work: DeliveryContext, slot: number, ports: DeliverPorts): Promise<Verdict> {
  const next = stepOf(work);
  const delaySeconds = Math.max(1, Math.ceil((slot - ports.clock()) / 1000));
  const message = { ...work.received.message, ...next, attempt: work.attempt, slot };
  await ports.queue.send([{ message, delaySeconds, lane: work.received.lane }]);
  const delayed = { status: 'waiting', waitingFor: 'rate_limit', next, slot, nextAttemptAt: slot } as const;
  return moveOn(work, delayed, 'delayed: rate_limit', ports);
}

/**
 * To the slow lane, where those that wait share invocations. Nothing is recorded: the copy claims its POST, and that
 * claim makes the record.
 */
async function passOn(work: DeliveryContext, ports: DeliverPorts): Promise<Verdict> {
  const { slot, ...message } = work.received.message;
  const copy = { ...message, ...stepOf(work), attempt: work.attempt, ...(hasSlot(work) && { slot }) };
  await ports.queue.send([{ message: copy, delaySeconds: 0, lane: 'slow' }]);
  ports.observer.settled(work.received, 'passed on: slow lane');
  return 'acknowledge';
}

function stepOf({ position }: MessageContext) {
  return { cycle: position.cycle, step: position.step + 1 };
}
