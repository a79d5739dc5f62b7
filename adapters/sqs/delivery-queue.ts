import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Wait } from '../../core/clock.ts';
import {
  type DeliveryLane,
  type DeliveryQueue,
  deliveryBody,
  type OutgoingDelivery,
  routeOf,
} from '../../core/deliveries/message.ts';
import type { Random } from '../../core/random.ts';
import { BATCH_ENTRIES_MAX, batchesOf, type Outgoing, sendBatch } from './client.ts';

export interface DeliveryQueueOptions {
  client: SQSClient;
  /** The queue of each lane; the slow one is optional, if nothing is sent to it. */
  queueUrls: Readonly<Record<Exclude<DeliveryLane, 'slow'>, string> & { slow?: string }>;
  wait: Wait;
  random: Random;
}

interface Pending {
  delivery: OutgoingDelivery;
  done: () => void;
  failed: (fault: unknown) => void;
}

/**
 * Requests under way to a queue. More would not send faster at Lambda's share of a core, but each holds up to 600 KB of
 * bodies several times over, and a request that waits for another's socket fails after 2 s.
 */
const REQUESTS_AT_ONCE = 16;
/** A page of a wide event is 20 requests. Nobody waits for it, and in a local run everybody shares the CPU with it. */
const BULK_REQUESTS_AT_ONCE = 2;

/** The delivery queues, one per lane. */
export function createDeliveryQueue({ client, queueUrls, wait, random }: DeliveryQueueOptions): DeliveryQueue {
  const { fast, slow, bulk } = queueUrls;
  const lanes = {
    fast: sendTogether(fast, REQUESTS_AT_ONCE),
    slow: slow === undefined ? noSlowLane : sendTogether(slow, REQUESTS_AT_ONCE),
    bulk: sendTogether(bulk, BULK_REQUESTS_AT_ONCE),
  };

  /**
   * Messages sent within one turn of the event loop share batches: those of a whole invocation cost a tenth of the
   * requests.
   */
  function sendTogether(queueUrl: string, requestsMax: number) {
    const pending: Pending[] = [];
    let requests = 0;

    function fill(): void {
      while (requests < requestsMax && pending.length > 0) {
        const members = pending.splice(0, BATCH_ENTRIES_MAX);
        requests += 1;
        sendAll(members).finally(() => {
          requests -= 1;
          fill();
        });
      }
    }

    async function sendAll(members: Pending[]): Promise<void> {
      try {
        // Only now do the messages get their bodies: those that still wait take no memory for them.
        for (const batch of batchesOf(members.map(outgoingOf))) await sendBatch(client, queueUrl, batch, wait);
        for (const { done } of members) done();
      } catch (fault) {
        for (const { failed } of members) failed(fault);
      }
    }

    return function send(delivery: OutgoingDelivery): Promise<void> {
      if (pending.length === 0) setImmediate(fill);
      return new Promise((done, failed) => pending.push({ delivery, done, failed }));
    };
  }

  function outgoingOf({ delivery }: Pending): Outgoing {
    const { message, delaySeconds } = delivery;
    return { body: deliveryBody(message, random), groupId: routeOf(delivery).groupId, delaySeconds };
  }

  return {
    async send(messages) {
      await Promise.all(messages.map((delivery) => lanes[routeOf(delivery).lane](delivery)));
    },
  };
}

function noSlowLane(): Promise<void> {
  return Promise.reject(new Error('This function has no queue URL for the slow lane.'));
}
