import { checkCircuit } from '../endpoints/circuit-breaker.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { EndpointWithHealth } from '../endpoints/health.ts';
import { matches } from '../event-types/pattern.ts';
import type { Permit, Postponed } from '../rate/limiter.ts';
import { HEARTBEAT_TENANT } from '../tenant.ts';
import { type BodyRoom, bodyBytes, hasWaited, lacksTime } from './body-room.ts';
import { type Classification, classify, needsClaim, requestedAt } from './classify.ts';
import { DELAY_SECONDS_MAX, type DeliveryMessage, type ReceivedDelivery } from './message.ts';
import { EXPIRY_MARGIN_MS, outcomeOf } from './outcome.ts';
import { claimedUntil, type DeathReason, type DeliveryRecord, type DiscardReason, type Position } from './record.ts';
import type { AttemptResult } from './sender.ts';
import type { WebhookContent } from './webhook.ts';

/*
 * A delivery is one event to one endpoint. Its messages say where they are in it:
 *   cycle    a run of attempts; a replay or redrive begins the next
 *   step     rises with every message of a cycle, whether it makes an attempt or only waits
 *   attempt  counts POSTs within the cycle
 *   repeat   sent by a fan-out that ran again: the first message may be on its way
 *   forced   sent at an operator's request
 * Its record holds the furthest position (cycle and step). A receive is one time that SQS delivers a message to us.
 */

/** The result of a POST. */
export interface PostResult {
  attempt: AttemptResult;
  /** False if an earlier receive of this message made the POST here and could not record it. */
  isNew: boolean;
  /** Whether the message carries it: when it is received again, it still does. */
  isCarried: boolean;
  /** In [0, 1): draws the jitter of the next delay. */
  random: number;
}

/** All that is known in one receive. `perform` adds facts, and `decide` is asked again. Times in ms since the epoch. */
export interface Situation {
  received: ReceivedDelivery;
  /** When the invocation is ended. */
  endsAt: number;
  /** As last read or written; undefined while the delivery has none. */
  record: DeliveryRecord | undefined;
  /** Undefined if it was deleted. */
  endpoint: EndpointWithHealth | undefined;
  /** Whether the endpoint was read in this receive. Otherwise it comes from a cache of a few seconds. */
  endpointIsFresh: boolean;
  triedToAdopt: boolean;
  /** The rate limiter's last answer; undefined before it was asked. */
  permit: Permit | Postponed | undefined;
  /** Room in memory for a body that is not in its message; `none` if there was none in time; undefined before. */
  room: BodyRoom | 'none' | undefined;
  /** What the POST is made of; undefined before it was read, and after the POST. */
  content: WebhookContent | undefined;
  /** The token of the claim that this receive holds; null while it holds none. */
  claim: string | null;
  /**
   * The result of requesting the open circuit's probe; undefined before. The token is that of its lease, null if the
   * circuit has closed; `refused` if another message is the probe.
   */
  probe: { token: string | null } | 'refused' | undefined;
  /** Undefined before the POST. */
  result: PostResult | undefined;
  /**
   * Set once only the verdict for SQS is left. `check_record`: the record decides it, because another receive may have
   * moved it first, or because this message is now the dead letter and must not be deleted.
   */
  done: 'recorded' | 'check_record' | undefined;
}

/** The classification of a live message: its position, and the number of its attempt. */
type Live = Extract<Classification, { kind: 'live' }>;

/** The same, with the endpoint. */
export interface LiveDelivery extends EndpointWithHealth {
  position: Position;
  attempt: number;
}

/** What to do next. The first four end the receive, and they alone produce the verdict for SQS. */
export type Decision =
  /** Delete the message: its work is done, by this receive or another. */
  | { do: 'acknowledge' }
  /** It is the dead letter: report it as failed and visible at once, until SQS moves it to the dead-letter queue. */
  | { do: 'failToDeadLetterQueue' }
  /** Another receive is changing the record: receive this message again in a second. */
  | { do: 'lookAgain' }
  /** Another receive may be making this POST: receive this message again when that claim ends. */
  | { do: 'waitForClaim'; untilMs: number }
  /** The delivery went on without the POST whose result it carries: add the attempt to the history. */
  | { do: 'noteAttempt' }
  /**
   * Make this message the dead letter. SQS delivered the previous message twice: one receive recorded that message as
   * the dead letter, the other sent this follow-up and deleted that message. So the dead letter may be gone.
   */
  | { do: 'replaceDeadLetter' }
  /** SQS moved it out of the dead-letter queue: begin the next cycle with it, at attempt 1. The expiry stays. */
  | { do: 'adopt'; deadMessageId: string }
  /**
   * It began this cycle and came to the dead-letter queue before its attempt, and SQS moved it out again: note its new
   * id. It keeps its cycle, and is then live.
   */
  | { do: 'adoptAgain' }
  /** Discarding is final, so re-read the endpoint: the cached copy may predate its being enabled. */
  | { do: 'readEndpoint' }
  | { do: 'discard'; reason: DiscardReason; live: Live }
  /** Keep the delivery in the waiting room, until the scheduled release finds the endpoint resumed or a probe due. */
  | { do: 'hold'; waitingFor: 'paused' | 'circuit'; delivery: LiveDelivery }
  /** Send it to the queue of slow endpoints, so that waiting for them holds up no fast one. */
  | { do: 'changeLane'; delivery: LiveDelivery }
  /** Too little time or memory is left for the POST: send it to the same lane, for another invocation. */
  | { do: 'handOn'; delivery: LiveDelivery }
  /** Wait until there is room in memory for the body. */
  | { do: 'takeRoom'; delivery: LiveDelivery }
  /** Wait for a permit that begins within a second. */
  | { do: 'askRateLimiter'; delivery: LiveDelivery }
  /** Over the rate limit: send a copy, delayed to its slot. */
  | { do: 'delayToSlot'; atMs: number; delivery: LiveDelivery }
  /** Over the rate limit by more than SQS can delay: keep it in the waiting room for 15 to 30 minutes. */
  | { do: 'waitForSlot'; delivery: LiveDelivery }
  /** Read body and secrets. Before the claim: an error on our side must not leave a claim without a POST. */
  | { do: 'prepare'; delivery: LiveDelivery }
  /** Reserve the POST in the record, until this invocation must have timed out. */
  | { do: 'claim'; delivery: LiveDelivery }
  /** Take the lease of the circuit's one probe. Last: it blocks the endpoint's other messages. */
  | { do: 'takeProbe'; delivery: LiveDelivery }
  | { do: 'post'; content: WebhookContent; delivery: LiveDelivery }
  | ResultDecision;

/** What follows a POST. Delays in ms. */
export type ResultDecision =
  | { do: 'recordDelivered'; delivery: LiveDelivery }
  /** Send the next attempt to the queue, delayed. */
  | { do: 'retry'; delayMs: number; delivery: LiveDelivery }
  /** The delay is longer than SQS allows: keep the next attempt in the waiting room. */
  | { do: 'retryLater'; delayMs: number; delivery: LiveDelivery }
  /** No further attempt: record the message as the dead letter. `expired` is decided without a POST too. */
  | { do: 'die'; reason: DeathReason; disableEndpoint: boolean; delivery: LiveDelivery };

/**
 * Decides what to do next about a message, from what is known. Pure. Every decision but the first four adds a fact, and the
 * message comes here again. docs/architecture.md has this as a table, row by row.
 */
export function decide(situation: Situation, nowMs: number): Decision {
  const { received, record } = situation;
  const classification = classify(received, record);
  if (situation.done !== undefined) return decideEnd(situation.done, classification);
  switch (classification.kind) {
    // The record is past its step, delivered or discarded; or dead, and this is an older copy.
    case 'stale':
      return situation.result?.isCarried ? { do: 'noteAttempt' } : { do: 'acknowledge' };
    case 'dead_letter':
      return { do: 'failToDeadLetterQueue' };
    // Dead, and this is a later step of the same cycle.
    case 'successor':
      return { do: 'replaceDeadLetter' };
    // Dead, and this has the dead letter's body under a new id.
    case 'redriven':
      // Another copy of the dead letter was adopted first, and is the dead letter now: that one can be redriven.
      if (situation.triedToAdopt) return { do: 'acknowledge' };
      return { do: 'adopt', deadMessageId: classification.deadMessageId };
    case 'redriven_again':
      return { do: 'adoptAgain' };
    // There is no record yet, or it is not past this message.
    case 'live':
      return decideLive(classification, situation, nowMs);
  }
}

/** The last decision of a receive. If another one has made this message the dead letter, it must not be deleted. */
function decideEnd(done: 'recorded' | 'check_record', classification: Classification): Decision {
  if (done === 'recorded') return { do: 'acknowledge' };
  switch (classification.kind) {
    case 'dead_letter':
      return { do: 'failToDeadLetterQueue' };
    case 'successor':
    case 'live':
      return { do: 'lookAgain' };
    // The delivery goes on without it, or its dead letter is another message.
    case 'stale':
    case 'redriven':
    case 'redriven_again':
      return { do: 'acknowledge' };
  }
}

function decideLive(live: Live, situation: Situation, nowMs: number): Decision {
  const { received, record, endpoint, result, content, claim } = situation;
  const delivery = endpoint && { position: live.position, attempt: live.attempt, ...endpoint };
  const { expiresAt } = received.message;
  // Check this first: a POST whose result is known is not made again.
  if (delivery && result && !isCarriedFailure(result)) return decideResult(result, delivery, expiresAt, nowMs);
  if (delivery && content) return decidePost(content, delivery, situation, nowMs);
  // Another receive may be making the POST, and may fail: this one must neither move the delivery nor delete the message.
  const untilMs = claimedUntil(record, live.position.cycle, claim, nowMs);
  if (untilMs !== undefined) return { do: 'waitForClaim', untilMs };
  if (delivery && result) return decideResult(result, delivery, expiresAt, nowMs);
  return decideBeforePost(delivery, live, situation, nowMs);
}

/** A failure that the message carries: the next attempt was perhaps sent before it. */
export const isCarriedFailure = ({ isCarried, attempt }: PostResult) => isCarried && attempt.errorCode !== null;

/** The checks before the POST of a live message. */
function decideBeforePost(
  delivery: LiveDelivery | undefined,
  live: Live,
  situation: Situation,
  nowMs: number,
): Decision {
  const { received } = situation;
  const { message, lane } = received;
  const reason = discardReason(message, delivery?.endpoint);
  if (reason !== undefined && !situation.endpointIsFresh) return { do: 'readEndpoint' };
  if (reason !== undefined || delivery === undefined)
    return { do: 'discard', reason: reason ?? 'endpoint_deleted', live };
  if (nowMs > message.expiresAt - EXPIRY_MARGIN_MS)
    return { do: 'die', reason: 'expired', disableEndpoint: false, delivery };
  if (delivery.endpoint.state === 'paused') return { do: 'hold', waitingFor: 'paused', delivery };
  const circuit = checkCircuit(delivery.health, requestedAt(received, delivery), nowMs);
  if (circuit === 'hold') return { do: 'hold', waitingFor: 'circuit', delivery };
  if (lane !== 'slow' && delivery.health.lane === 'slow') return { do: 'changeLane', delivery };
  if (situation.room === 'none' || lacksTime(delivery, situation, nowMs)) return { do: 'handOn', delivery };
  if (situation.room === undefined && bodyBytes(message.payload) > 0) return { do: 'takeRoom', delivery };
  return decidePermit(delivery, situation, nowMs) ?? { do: 'prepare', delivery };
}

/**
 * The last steps before the POST, once body and secrets are read. A message that is held or delayed here releases its claim
 * by what it records, and its lease when the rate limiter gives no permit.
 */
function decidePost(content: WebhookContent, delivery: LiveDelivery, situation: Situation, nowMs: number): Decision {
  const { received, record, room, claim, probe } = situation;
  if (lacksTime(delivery, situation, nowMs)) return { do: 'handOn', delivery };
  if (claim === null && (hasWaited(room) || needsClaim(received, record))) return { do: 'claim', delivery };
  if (delivery.health.circuit !== null && probe === undefined) return { do: 'takeProbe', delivery };
  if (probe === 'refused') return { do: 'hold', waitingFor: 'circuit', delivery };
  // The steps since may have taken longer than the permit lasts.
  return decidePermit(delivery, situation, nowMs) ?? { do: 'post', content, delivery };
}

/** Why this event is not sent to the endpoint; undefined if it is. */
function discardReason(message: DeliveryMessage, endpoint: Endpoint | undefined): DiscardReason | undefined {
  if (endpoint === undefined) return 'endpoint_deleted';
  if (endpoint.state === 'disabled') return 'endpoint_disabled';
  return message.forced || matches(endpoint.eventTypes, message.eventType) ? undefined : 'unsubscribed';
}

/** What the endpoint's rate limit asks for; undefined when the POST may be made now. */
function decidePermit(delivery: LiveDelivery, { permit }: Situation, nowMs: number): Decision | undefined {
  if (delivery.endpoint.rateLimitPerSecond === null) return undefined;
  switch (permit?.kind) {
    case undefined:
      return { do: 'askRateLimiter', delivery };
    case 'post':
      return nowMs > permit.until ? { do: 'askRateLimiter', delivery } : undefined;
    case 'slot':
      return { do: 'delayToSlot', atMs: permit.at, delivery };
    case 'no_slot':
      return { do: 'waitForSlot', delivery };
  }
}

/**
 * What follows a POST. A 2xx is success. A 410 disables the endpoint. Anything else is retried until the policy's attempts
 * are used up; with `retry_on: transient`, most 4xx are not. The delay is the longest of the
 * policy's back-off with jitter, Retry-After (capped by the policy), and 60 s after a 429 or a timeout. A delivery whose
 * next attempt would come too close to `expiresAt` dies as expired.
 */
function decideResult(
  { attempt: result, random }: PostResult,
  delivery: LiveDelivery,
  expiresAt: number,
  nowMs: number,
): ResultDecision {
  const { attempt, endpoint } = delivery;
  const isHeartbeat = endpoint.tenant === HEARTBEAT_TENANT;
  const outcome = outcomeOf(result, { policy: endpoint.retryPolicy, attempt, expiresAt, nowMs, unit: random });
  switch (outcome.kind) {
    case 'delivered':
      return { do: 'recordDelivered', delivery };
    case 'retry': {
      const { delayMs } = outcome;
      const isLong = Math.ceil(delayMs / 1000) > DELAY_SECONDS_MAX;
      return { do: isLong ? 'retryLater' : 'retry', delayMs, delivery };
    }
    case 'dead':
      return { do: 'die', reason: outcome.reason, disableEndpoint: outcome.disableEndpoint && !isHeartbeat, delivery };
  }
}

/**
 * Another receive moved or claimed the delivery first: start over from the newest record. Endpoint and result are kept,
 * and a claim that the record still has; permit, content and probe are asked for again.
 */
export function startAgain(situation: Situation, record: DeliveryRecord | undefined): Situation {
  const claim = record?.claim?.token === situation.claim ? situation.claim : null;
  return { ...situation, record, claim, permit: undefined, content: undefined, probe: undefined, done: undefined };
}
