import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { createEventBus } from '../../adapters/eventbridge/event-bus.ts';
import { createDeliveryQueue } from '../../adapters/sqs/delivery-queue.ts';
import {
  createContinuationQueue,
  createFanoutQueue,
  createJobQueue,
  createPageQueue,
  createTallyQueue,
} from '../../adapters/sqs/queues.ts';
import { deliveryMessage, firstMessage } from '../../core/deliveries/message.ts';
import type { AcceptedEvent } from '../../core/events/accepted.ts';
import { payloadKey } from '../../core/events/envelope.ts';
import { fanoutMessage } from '../../core/fanout/message.ts';
import { jobMessage } from '../../core/jobs/job.ts';
import { tallyMessage } from '../../core/stats/message.ts';
import { continuationMessage } from '../../core/tasks/continuation.ts';
import { DAY, START } from '../support/delivery-world.ts';
import { seededRandom } from '../support/seeded-random.ts';

/** How each function reads the messages that it is called with. */
export const SCHEMAS = {
  delivery: deliveryMessage,
  'fan-out': fanoutMessage,
  job: jobMessage,
  tallies: tallyMessage,
  continuation: continuationMessage,
} satisfies Record<string, z.ZodType>;
export type MessageKind = keyof typeof SCHEMAS;

interface MessageCase {
  kind: MessageKind;
  /** Sends it by the product's own code. @returns the body. */
  send(): Promise<string>;
}

const batch = z.object({ Entries: z.array(z.object({ MessageBody: z.string() })).length(1) });
const single = z.object({ MessageBody: z.string() });
const details = z.object({ Entries: z.array(z.object({ Detail: z.string() })).length(1) });

/** Middleware that keeps the one request of a client, and answers it without a network. */
function interceptor() {
  let request: unknown;
  const middleware =
    () =>
    async ({ input }: { input: unknown }) => {
      request = input;
      return { output: { $metadata: {}, Failed: [], Successful: [], Entries: [{ EventId: '1' }] }, response: {} };
    };
  return { middleware, sent: () => request };
}

/** The body of the one message that was sent to SQS. */
async function sentToSqs(send: (queue: { client: SQSClient; queueUrl: string }) => Promise<void>): Promise<string> {
  const client = new SQSClient({ region: 'us-east-1' });
  const { middleware, sent } = interceptor();
  client.middlewareStack.add(middleware, { step: 'initialize' });
  await send({ client, queueUrl: 'https://sqs/queue' });
  const one = single.safeParse(sent());
  if (one.success) return one.data.MessageBody;
  return batch
    .parse(sent())
    .Entries.map(({ MessageBody }) => MessageBody)
    .join();
}

const wait = async () => undefined;
const EVENT: AcceptedEvent = {
  id: 'evt_01kapj3m40e7c1p3d9t5v8x2zq',
  type: 'order.created',
  acceptedAt: START,
  expiresAt: START + 30 * DAY,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  payload: { key: payloadKey('acme', 'evt_01kapj3m40e7c1p3d9t5v8x2zq', '{}'), offset: 0, length: 2, inline: '{}' },
};
const FIRST = firstMessage({ ...EVENT, tenant: 'acme' }, 'ep_01kapj1b6g2h4k6m8n0q3s5v7x');

const delivery = (message: typeof FIRST): MessageCase => ({
  kind: 'delivery',
  send: () =>
    sentToSqs(({ client, queueUrl }) =>
      createDeliveryQueue({
        client,
        queueUrls: { fast: queueUrl, bulk: queueUrl },
        wait,
        random: seededRandom(1),
      }).send([{ message, delaySeconds: 0 }]),
    ),
});

/** Every kind of message, plain and with all that it may carry. The name is the file's. */
export const MESSAGES: Readonly<Record<string, MessageCase>> = {
  delivery: delivery(FIRST),
  'delivery-later': delivery({
    ...FIRST,
    cycle: 2,
    step: 3,
    attempt: 2,
    payload: { key: EVENT.payload.key, offset: 1_024, length: 70_000 },
    forced: true,
    requested: true,
    repeat: true,
    slot: START + 1_000,
  }),
  'delivery-of-a-job': delivery({ ...FIRST, repeat: true, byJob: true }),
  'delivery-handed-on': delivery({
    ...FIRST,
    step: 2,
    result: {
      at: START,
      durationMs: 17,
      statusCode: 503,
      errorCode: 'http_status',
      retryAfter: '120',
      url: 'https://hooks.example.com/orders',
      remoteIp: '203.0.113.20',
      responseHeaders: { 'content-type': 'text/plain' },
      responseExcerpt: 'upstream is starting',
    },
  }),
  'delivery-handed-on-after-a-tls-error': delivery({
    ...FIRST,
    step: 2,
    result: {
      at: START,
      durationMs: 17,
      statusCode: null,
      errorCode: 'tls_error',
      errorDetail: 'expired',
      retryAfter: null,
      responseExcerpt: '',
    },
  }),
  'delivery-of-a-wide-event': delivery({ ...FIRST, wide: true }),
  'event-accepted': {
    kind: 'fan-out',
    async send() {
      const client = new EventBridgeClient({ region: 'us-east-1' });
      const { middleware, sent } = interceptor();
      client.middlewareStack.add(middleware, { step: 'initialize' });
      const events = [EVENT, { ...EVENT, repeat: true }];
      await createEventBus({ client, bus: 'bus' }).put([{ v: 1, tenant: 'acme', events }]);
      return details
        .parse(sent())
        .Entries.map(({ Detail }) => Detail)
        .join();
    },
  },
  'fan-out-page': {
    kind: 'fan-out',
    send: () =>
      sentToSqs(({ client, queueUrl }) =>
        createPageQueue({ client, queueUrls: { fanout: queueUrl, bulk: queueUrl }, wait }).send({
          v: 1,
          tenant: 'acme',
          events: [EVENT],
          cursor: { page: 1, pattern: 0, after: 'order.*#ep_2', noted: 100 },
        }),
      ),
  },
  'fan-out-page-of-a-wide-event': {
    kind: 'fan-out',
    send: () =>
      sentToSqs(({ client, queueUrl }) =>
        createPageQueue({ client, queueUrls: { fanout: queueUrl, bulk: queueUrl }, wait }).send({
          v: 1,
          tenant: 'acme',
          events: [EVENT],
          cursor: { page: 1, pattern: 0, after: 'order.*#ep_2', noted: 100, wide: true },
        }),
      ),
  },
  'fan-out-returned': {
    kind: 'fan-out',
    send: () =>
      sentToSqs(({ client, queueUrl }) =>
        createFanoutQueue({ client, queueUrls: { fanout: queueUrl, bulk: queueUrl }, wait }).send([
          {
            message: { v: 1, tenant: 'acme', events: [{ ...EVENT, repeat: true }], rounds: 3 },
            delaySeconds: 240,
          },
        ]),
      ),
  },
  job: {
    kind: 'job',
    send: () =>
      sentToSqs((queue) =>
        createJobQueue({ ...queue, wait }).send({ v: 1, jobId: 'job_01kapk9d2s7v3w5x8y1z4a6b0c', turn: 3 }, 0),
      ),
  },
  continuation: {
    kind: 'continuation',
    send: () =>
      sentToSqs((queue) =>
        createContinuationQueue({ ...queue, wait }).send([
          { v: 1, task: 'release', tick: START, leg: 1, part: 3, after: 'ep_01kapj1b6g2h4k6m8n0q3s5v7x' },
        ]),
      ),
  },
  tallies: {
    kind: 'tallies',
    send: () =>
      sentToSqs((queue) =>
        createTallyQueue(queue).send([
          { endpointId: FIRST.endpointId, tenant: 'acme', hour: START, delivered: 1, failed: 0, latency: { 40: 1 } },
          {
            ...{ endpointId: FIRST.endpointId, hour: START, delivered: 0, failed: 0, latency: {} },
            ...{ filterErrors: 1, filterError: 'contains() takes an array', undecided: 1 },
          },
        ]),
      ),
  },
};
