import * as z from 'zod';
import type { Lane } from '../endpoints/health.ts';
import { type CarriedPayload, carriedPayload } from '../events/accepted.ts';
import { type Random, randomToken } from '../random.ts';
import { attemptResult } from './sender.ts';

/**
 * A delivery on its way: the body of a message of the delivery queue. `cycle` counts runs of attempts (a replay starts
 * the next), `step` rises with every message of the cycle, `attempt` counts POSTs within the cycle. Times in ms since the epoch.
 */
export const deliveryMessage = z.object({
  v: z.literal(1),
  tenant: z.string(),
  eventId: z.string(),
  eventType: z.string(),
  endpointId: z.string(),
  cycle: z.number().int().min(1),
  step: z.number().int().min(1),
  attempt: z.number().int().min(1),
  payload: carriedPayload,
  acceptedAt: z.number(),
  expiresAt: z.number(),
  traceId: z.string(),
  /** Requested by an operator: it is sent even if the subscription no longer matches. */
  forced: z.boolean().optional(),
  /** An operator had this very message sent at once: an open circuit may let it through as its probe. */
  requested: z.boolean().optional(),
  /** Another copy may be on its way (a repeated fan-out, a replay-missing job), so the POST is claimed first. */
  repeat: z.boolean().optional(),
  /** Random per sent message: distinguishes a body that SQS moved from another message of the same step. */
  copy: z.string().default(''),
  /** Sent by a replay-missing job: how long ago its event was accepted says nothing about us. */
  byJob: z.boolean().optional(),
  /** Its slot under the endpoint's rate limit: the time for which it is delayed. */
  slot: z.number().optional(),
  /** The result of this attempt's POST, which could not be recorded in time. */
  result: attemptResult.optional(),
  /** Whether its event is wide: the key of its record says so too. */
  wide: z.boolean().optional(),
});
export type DeliveryMessage = z.output<typeof deliveryMessage>;

/** The delivery queues: that of the endpoint's lane, or the bulk lane for a wide event's deliveries to fast endpoints. */
export type DeliveryLane = Lane | 'bulk';

/** A message as SQS delivered it. Times are SQS's clock, in ms since the epoch. */
export interface ReceivedDelivery {
  messageId: string;
  receiptHandle: string;
  receiveCount: number;
  sentAt: number;
  firstReceivedAt: number;
  /** The queue that it came from. */
  lane: DeliveryLane;
  message: DeliveryMessage;
}

/** The endpoint's lane that a message came by: the bulk lane is for fast endpoints. */
export const endpointLane = ({ lane }: Pick<ReceivedDelivery, 'lane'>): Lane => (lane === 'slow' ? 'slow' : 'fast');

/** A message that has not been sent yet. */
export type UnsentDelivery = Omit<DeliveryMessage, 'copy'>;

/** What each delivery takes from its event. */
export interface DeliveredEvent {
  tenant: string;
  id: string;
  type: string;
  payload: CarriedPayload;
  acceptedAt: number;
  expiresAt: number;
  traceId: string;
  /** Whether its deliveries are spread over partitions. Default: false. */
  wide?: boolean;
}

/** The first message of a delivery. */
export function firstMessage(event: DeliveredEvent, endpointId: string): UnsentDelivery {
  const { tenant, payload, acceptedAt, expiresAt, traceId, wide } = event;
  return {
    v: 1,
    tenant,
    eventId: event.id,
    eventType: event.type,
    endpointId,
    cycle: 1,
    step: 1,
    attempt: 1,
    payload,
    acceptedAt,
    expiresAt,
    traceId,
    ...(wide && { wide }),
  };
}

/** The body of a message, with its random `copy`. */
export function deliveryBody(message: UnsentDelivery, random: Random): string {
  return JSON.stringify({ ...message, copy: randomToken(random) });
}

/** A message to send: at most 900 s of delay, the limit of SQS. */
export interface OutgoingDelivery {
  message: UnsentDelivery;
  delaySeconds: number;
  /** The endpoint's. Default: fast. */
  lane?: Lane;
}

/**
 * The queue of a message, and its message group, among which SQS is fair. A wide event has a quiet group for each of its
 * endpoints, which together would hold up everybody's: so its deliveries have a lane of their own, and in each lane the
 * group of their tenant.
 */
export function routeOf({ message, lane = 'fast' }: OutgoingDelivery): { lane: DeliveryLane; groupId: string } {
  const { wide, tenant, endpointId } = message;
  return wide ? { lane: lane === 'fast' ? 'bulk' : lane, groupId: tenant } : { lane, groupId: endpointId };
}

/** Longest delay of an SQS message, in seconds. Longer waits go to the waiting room. */
export const DELAY_SECONDS_MAX = 900;

/** The delivery queues, as producers of messages use them. */
export interface DeliveryQueue {
  /**
   * Sends all, in as few requests as possible, each by its route.
   * @throws if any message was not accepted after retries; the accepted ones stay in the queue.
   */
  send(messages: OutgoingDelivery[]): Promise<void>;
}
