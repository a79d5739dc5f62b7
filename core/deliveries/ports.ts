import type { Clock, Timer, Wait } from '../clock.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { HealthTracker } from '../endpoints/health-tracker.ts';
import type { PayloadRef } from '../events/event.ts';
import type { Random } from '../random.ts';
import type { RateLimiter } from '../rate/limiter.ts';
import type { Room } from '../room.ts';
import type { SecretOpener } from '../secrets/vault.ts';
import type { ResultDecision } from './decide.ts';
import type { DeliveryLedger } from './ledger.ts';
import type { DeliveryQueue, ReceivedDelivery } from './message.ts';
import type { DeathReason, DiscardReason, FinalStatus, WaitingFor } from './record.ts';
import type { AttemptResult, Sender } from './sender.ts';

/** What is reported to SQS about a message. */
export type Verdict =
  /** Delete it: its follow-up is durable, or none is needed. */
  | 'acknowledge'
  /**
   * Report it as failed: it is visible again after its timeout, or when `changeVisibility` set it to be. A dead
   * letter is reported as failed until the redrive policy moves it.
   */
  | 'try_again';

/** What a delivery may do to its endpoint. */
export interface EndpointActions {
  /** Disables an endpoint that answered 410, or has failed for days; harmless when repeated. */
  disable(endpoint: Endpoint, reason: 'gone' | 'failing'): Promise<void>;
}

/** Why a message ended without a POST. */
export type NotAttempted =
  | 'stale'
  | 'claimed by another receive'
  | 'moved to the slow lane'
  | 'handed on'
  | 'delayed: rate_limit'
  | `held: ${WaitingFor}`
  | `discarded: ${DiscardReason}`
  | `dead: ${DeathReason}`;

/** Sees what happened: each attempt, each message that ends without, and each end of a delivery. */
export interface DeliveryObserver {
  attempted(message: ReceivedDelivery, result: AttemptResult, decision: ResultDecision, endpoint: Endpoint): void;
  notAttempted(message: ReceivedDelivery, why: NotAttempted): void;
  /** The record shows from now on that a cycle of the delivery is over. Once for each end, whatever message is received twice. */
  ended(message: ReceivedDelivery, how: FinalStatus): void;
  /** A call failed and is tried again, within the invocation or by a message that carries the result of the POST. */
  retrying(message: ReceivedDelivery, fault: unknown): void;
  /** The endpoint's health could not be updated; the delivery goes on. */
  healthNotUpdated(message: ReceivedDelivery, fault: unknown): void;
}

export interface DeliverPorts {
  ledger: DeliveryLedger;
  queue: DeliveryQueue;
  payloads: { get(ref: PayloadRef): Promise<string> };
  secrets: SecretOpener;
  sender: Sender;
  endpoints: EndpointActions;
  health: HealthTracker;
  rate: RateLimiter;
  /** In bytes of bodies that are not in their messages. */
  bodies: Room;
  /** Makes a message that is not acknowledged visible after this time. Best effort: never rejects. */
  changeVisibility: (received: ReceivedDelivery, seconds: number) => Promise<void>;
  observer: DeliveryObserver;
  clock: Clock;
  random: Random;
  wait: Wait;
  after: Timer;
  /** Milliseconds until the invocation is ended. */
  remainingMs: () => number;
  /** Results of POSTs that are not recorded yet or were handed on, by message id, so that the POST is not repeated. */
  unrecordedResults: Map<string, AttemptResult>;
  functionTimeoutMs: number;
  userAgent: string;
}
