import { checkCircuit } from '../endpoints/circuit-breaker.ts';
import type { Endpoint, EndpointWithHealth } from '../endpoints/endpoint.ts';
import { matches } from '../event-types/pattern.ts';
import type { Permit, Postponed } from '../rate/limiter.ts';
import { type Classification, classify } from './classify.ts';
import { DELAY_SECONDS_MAX, type DeliveryMessage, type ReceivedDelivery } from './message.ts';
import { EXPIRY_MARGIN_MS, outcomeOf } from './outcome.ts';
import { claimedUntil, type DeathReason, type DeliveryRecord, type DiscardReason, type Position } from './record.ts';
import type { AttemptResult } from './sender.ts';
import type { WebhookContent } from './webhook.ts';

/** What a POST came to. */
export interface PostResult {
  attempt: AttemptResult;
  /** False if an earlier invocation made the POST and could not record it. */
  isNew: boolean;
  /** In [0, 1): draws the jitter of the next attempt. */
  random: number;
}

/** All that is known about one message. `perform` adds facts to it, and `decide` is asked again. Times in ms since the epoch. */
export interface Situation {
  received: ReceivedDelivery;
  /** As it was last read or written; undefined while the delivery has none. */
  record: DeliveryRecord | undefined;
  /** Undefined when it was deleted. */
  endpoint: EndpointWithHealth | undefined;
  /** Whether the endpoint was read for this message; otherwise it comes from a cache of a few seconds. */
  endpointIsFresh: boolean;
  /** Whether this message, redriven, has tried to adopt its delivery. */
  triedToAdopt: boolean;
  /** The rate limiter's last answer; undefined before it was asked. */
  permit: Permit | Postponed | undefined;
  /** What the POST is made of; undefined before it was read. */
  content: WebhookContent | undefined;
  /** The token of the claim that this message holds; null while it holds none. */
  claim: string | null;
  /**
   * What came of asking to be the open circuit's probe; undefined before. The token is that of its lease, null if the
   * circuit has closed; `refused` if another message is the probe.
   */
  probe: { token: string | null } | 'refused' | undefined;
  result: PostResult | undefined;
  /** Set once there is nothing left to do: `unsure` if another message may have moved the record first. */
  finished: 'recorded' | 'unsure' | undefined;
}

/** A message whose turn it is: where it stands in its delivery, and the number of its attempt. */
type Live = Extract<Classification, { kind: 'live' }>;

/** A live message, with the endpoint that it is for. */
export interface Turn extends EndpointWithHealth {
  position: Position;
  attempt: number;
}

/** What to do next. The first four end the work on a message: they alone say what SQS is told. */
export type Decision =
  /** Its work is done, by this message or another: delete it. */
  | { do: 'acknowledge' }
  /** It is the dead letter: report it as failed, visible at once, until the redrive policy moves it. */
  | { do: 'failToDeadLetterQueue' }
  /** Its record is in motion: receive it again in a second. */
  | { do: 'lookAgain' }
  /** Another invocation may be making this POST: receive it again when that claim ends. */
  | { do: 'waitForClaim'; untilMs: number }
  /** It was handed on by a copy of the dead message: it takes the dead letter's place. */
  | { do: 'replaceDeadLetter' }
  /** It left the dead-letter queue: it becomes the first message of a cycle. Null: of the cycle that adopted it before. */
  | { do: 'adopt'; deadMessageId: string | null }
  /** Discarding is final, so re-read the endpoint: the cached copy may predate its being enabled. */
  | { do: 'readEndpoint' }
  | { do: 'discard'; reason: DiscardReason; live: Live }
  /** Keep the delivery in the waiting room until its endpoint is resumed, or its circuit lets it through. */
  | { do: 'hold'; waitingFor: 'paused' | 'circuit'; turn: Turn }
  /** Send it to the queue of slow endpoints, where requests that wait share invocations. */
  | { do: 'changeLane'; turn: Turn }
  | { do: 'askRateLimiter'; turn: Turn }
  /** Over the rate limit: send a copy, delayed to its slot. */
  | { do: 'delayToSlot'; atMs: number; turn: Turn }
  /** Over the rate limit by more than SQS can delay: keep it in the waiting room for 15 to 30 minutes. */
  | { do: 'waitForSlot'; turn: Turn }
  /** Read body and secrets. Before the claim: an error on our side must not leave a POST claimed that nobody makes. */
  | { do: 'prepare'; turn: Turn }
  /** Reserve the POST for this message: of two copies, one makes it. */
  | { do: 'claim'; turn: Turn }
  /** Take the lease of the circuit's one probe. Last: it blocks the endpoint's other messages. */
  | { do: 'takeProbe'; turn: Turn }
  | { do: 'post'; content: WebhookContent; turn: Turn }
  | ResultDecision;

/** What follows a POST. Delays in ms. */
export type ResultDecision =
  | { do: 'recordDelivered'; turn: Turn }
  /** Send the next attempt to the queue, delayed. */
  | { do: 'retry'; delayMs: number; turn: Turn }
  /** The delay is longer than SQS allows: keep the next attempt in the waiting room. */
  | { do: 'retryLater'; delayMs: number; turn: Turn }
  /** No further attempt: the message becomes the dead letter. `expired` is decided without a POST too. */
  | { do: 'die'; reason: DeathReason; disableEndpoint: boolean; turn: Turn };

/**
 * Decides what to do next about a message, from what is known: the table in docs/architecture.md, top to bottom. Pure.
 * A message comes here several times: each decision but the first four ends in a new fact.
 */
export function decide(situation: Situation, nowMs: number): Decision {
  const { received, record } = situation;
  const classification = classify(received, record);
  if (situation.finished !== undefined) return decideEnd(situation, classification);
  switch (classification.kind) {
    case 'stale':
      return { do: 'acknowledge' };
    case 'dying':
      return { do: 'failToDeadLetterQueue' };
    case 'successor':
      return { do: 'replaceDeadLetter' };
    case 'redriven':
      // Another copy has adopted it and died since: that copy's dead letter is the one to redrive.
      if (situation.triedToAdopt) return { do: 'acknowledge' };
      return { do: 'adopt', deadMessageId: classification.deadMessageId };
    case 'redriven_again':
      return { do: 'adopt', deadMessageId: null };
    case 'live':
      return decideLive(classification, situation, nowMs);
  }
}

/**
 * Whether the message may be deleted. SQS may deliver one message twice, and by the other receive it may have become the
 * dead letter: a message that the record needs is never deleted.
 */
function decideEnd({ finished }: Situation, classification: Classification): Decision {
  if (finished === 'recorded') return { do: 'acknowledge' };
  switch (classification.kind) {
    case 'dying':
      return { do: 'failToDeadLetterQueue' };
    case 'successor':
    case 'live':
      return { do: 'lookAgain' };
    case 'stale':
    case 'redriven':
    case 'redriven_again':
      return { do: 'acknowledge' };
  }
}

function decideLive(live: Live, situation: Situation, nowMs: number): Decision {
  const { received, endpoint, result, content } = situation;
  const turn = endpoint && { position: live.position, attempt: live.attempt, ...endpoint };
  // First of all: a POST that was made is not made again.
  if (turn && result) return decideResult(result, turn, received.message.expiresAt, nowMs);
  if (turn && content) return decidePost(content, turn, situation, nowMs);
  return decideBeforePost(turn, live, situation, nowMs);
}

/** All that can keep a live message from its POST. */
function decideBeforePost(turn: Turn | undefined, live: Live, situation: Situation, nowMs: number): Decision {
  const { received, record, claim } = situation;
  const { message, lane } = received;
  // Another invocation may be making the POST, and may fail: this message must not move the delivery, nor be deleted.
  const untilMs = claimedUntil(record, live.position.cycle, claim, nowMs);
  if (untilMs !== undefined) return { do: 'waitForClaim', untilMs };
  const reason = discardReason(message, turn?.endpoint);
  if (reason !== undefined && !situation.endpointIsFresh) return { do: 'readEndpoint' };
  if (reason !== undefined || turn === undefined) return { do: 'discard', reason: reason ?? 'endpoint_deleted', live };
  if (nowMs > message.expiresAt - EXPIRY_MARGIN_MS)
    return { do: 'die', reason: 'expired', disableEndpoint: false, turn };
  if (turn.endpoint.state === 'paused') return { do: 'hold', waitingFor: 'paused', turn };
  const circuit = checkCircuit(turn.health, chosenAt(received, turn), nowMs);
  if (circuit === 'hold') return { do: 'hold', waitingFor: 'circuit', turn };
  if (lane === 'fast' && turn.health.lane === 'slow') return { do: 'changeLane', turn };
  return decidePermit(turn, situation, nowMs) ?? { do: 'prepare', turn };
}

/** The last steps before the POST, once body and secrets are read. */
function decidePost(content: WebhookContent, turn: Turn, situation: Situation, nowMs: number): Decision {
  const { received, record, claim, probe } = situation;
  if (claim === null && needsClaim(received, record)) return { do: 'claim', turn };
  if (turn.health.circuit !== null && probe === undefined) return { do: 'takeProbe', turn };
  if (probe === 'refused') return { do: 'hold', waitingFor: 'circuit', turn };
  // Reading, claim and lease may have taken longer than the permit lasts.
  return decidePermit(turn, situation, nowMs) ?? { do: 'post', content, turn };
}

/**
 * Whether the POST must be claimed first. Every message may have a duplicate, except a plain first attempt that is received
 * for the first time: it pays nothing.
 */
function needsClaim(received: ReceivedDelivery, record: DeliveryRecord | undefined): boolean {
  const { message, receiveCount } = received;
  const isPlain = message.cycle === 1 && message.step === 1 && receiveCount === 1 && !message.repeat;
  return !isPlain || message.forced === true || record !== undefined;
}

/** Why the endpoint is not sent this event; undefined when it is. */
function discardReason(message: DeliveryMessage, endpoint: Endpoint | undefined): DiscardReason | undefined {
  if (endpoint === undefined) return 'endpoint_deleted';
  if (endpoint.state === 'disabled') return 'endpoint_disabled';
  return message.forced || matches(endpoint.eventTypes, message.eventType) ? undefined : 'unsubscribed';
}

/** What the endpoint's rate limit asks for; undefined when the POST may be made now. */
function decidePermit(turn: Turn, { permit }: Situation, nowMs: number): Decision | undefined {
  if (turn.endpoint.rateLimitPerSecond === null) return undefined;
  switch (permit?.kind) {
    case undefined:
      return { do: 'askRateLimiter', turn };
    case 'post':
      return nowMs > permit.until ? { do: 'askRateLimiter', turn } : undefined;
    case 'come_back':
      return { do: 'delayToSlot', atMs: permit.at, turn };
    case 'no_room':
      return { do: 'waitForSlot', turn };
  }
}

/**
 * What follows a POST. A 2xx is success. A 410 disables the endpoint. Anything else is retried until the policy's attempts
 * are used up; with `retry_on: transient`, 4xx other than 408, 425 and 429 are not. The delay is the longest of the
 * policy's back-off with jitter, Retry-After (capped by the policy), and 60 s after a 429 or a timeout.
 */
function decideResult(
  { attempt: result, random }: PostResult,
  turn: Turn,
  expiresAt: number,
  nowMs: number,
): ResultDecision {
  const { attempt, endpoint } = turn;
  const outcome = outcomeOf(result, { policy: endpoint.retryPolicy, attempt, expiresAt, nowMs, unit: random });
  switch (outcome.kind) {
    case 'delivered':
      return { do: 'recordDelivered', turn };
    case 'retry': {
      const { delayMs } = outcome;
      const isLong = Math.ceil(delayMs / 1000) > DELAY_SECONDS_MAX;
      return { do: isLong ? 'retryLater' : 'retry', delayMs, turn };
    }
    case 'dead':
      return { do: 'die', reason: outcome.reason, disableEndpoint: outcome.disableEndpoint, turn };
  }
}

/** When an operator chose to send this (replay, redrive, test); null for everything else, their retries included. */
export function chosenAt({ message, sentAt }: ReceivedDelivery, { position, attempt }: Turn): number | null {
  return attempt === 1 && (message.forced || position.cycle > 1) ? sentAt : null;
}

/** What is left to decide by when another message moved or claimed the delivery first. */
export function startAgain(situation: Situation, record: DeliveryRecord | undefined): Situation {
  return { ...situation, record, permit: undefined, content: undefined, probe: undefined, finished: undefined };
}
