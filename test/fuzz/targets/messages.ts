import assert from 'node:assert/strict';
import { deliverBatch } from '../../../core/deliveries/deliver-batch.ts';
import { createEndpointCache } from '../../../core/deliveries/endpoint-cache.ts';
import { deliveryMessage } from '../../../core/deliveries/message.ts';
import { fanoutMessage } from '../../../core/fanout/message.ts';
import { jobMessage } from '../../../core/jobs/job.ts';
import { tallyMessage } from '../../../core/stats/message.ts';
import { received } from '../../../lambdas/deliver/received.ts';
import { sqsHandler } from '../../../lambdas/runtime/sqs.ts';
import { aMessage, DeliveryWorld, START } from '../../support/delivery-world.ts';
import { context, record, silent } from '../../support/lambda.ts';
import { jsonOf, type Target } from './target.ts';

const payload = { key: 'acme/evt_1/hash', offset: 0, length: 2, inline: '{}' };
const event = { id: 'evt_1', type: 'order.created', acceptedAt: START, expiresAt: START + 1, traceId: '1', payload };
const KINDS = {
  fanout: { schema: fanoutMessage, good: { v: 1, tenant: 'acme', events: [event] } },
  job: { schema: jobMessage, good: { v: 1, jobId: 'job_1', turn: 0 } },
  tally: {
    schema: tallyMessage,
    good: { v: 1, tallies: [{ endpointId: 'ep_1', hour: 0, delivered: 1, failed: 0, latency: { 1: 1 } }] },
  },
};

async function check(input: string): Promise<string> {
  const traits: string[] = [];
  for (const [name, { schema, good }] of Object.entries(KINDS)) {
    const worked: string[] = [];
    const handler = sqsHandler(
      schema,
      async (batch) => {
        worked.push(...batch.map(({ record: { messageId } }) => messageId));
        return [];
      },
      silent,
    );
    const body = JSON.stringify(good);
    const records = [record('before', body), record('input', input), record('after', body)];
    const { batchItemFailures } = (await handler({ Records: records }, context)) ?? { batchItemFailures: [] };
    const isReadable = schema.safeParse(jsonOf(input)).success;
    const ids = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    assert.deepEqual(ids, isReadable ? [] : ['input'], `Of ${name}, others than what is unreadable are reported.`);
    assert.deepEqual(worked, isReadable ? ['before', 'input', 'after'] : ['before', 'after'], `A ${name} is stopped.`);
    if (isReadable) traits.push(name);
  }
  return [...traits, await checkDelivery(input)].join();
}

/** Deliveries are fully processed: a strange but readable one must not stop others. */
async function checkDelivery(input: string): Promise<string> {
  const world = new DeliveryWorld();
  const handler = sqsHandler(
    deliveryMessage,
    async (batch) => {
      const batchOf = batch.map((one) =>
        received(one, {
          fast: 'https://sqs/delivery',
          slow: 'https://sqs/slow-delivery',
          bulk: 'https://sqs/bulk-delivery',
        }),
      );
      const handled = await deliverBatch(
        batchOf,
        createEndpointCache(() => world.now),
        world.ports,
      );
      assert.equal(handled.length, batch.length, 'A delivery of the batch is not handled.');
      return handled.filter(({ verdict }) => verdict !== 'acknowledge').map((one) => one.received.messageId);
    },
    silent,
  );
  // For other events than the inputs name: one message of a delivery may make another stale.
  const neighbour = (id: string) => record(id, JSON.stringify(aMessage({ eventId: `evt_${id}_${input.length}` })));
  const records = [neighbour('before'), record('input', input), neighbour('after')];
  const { batchItemFailures } = (await handler({ Records: records }, context)) ?? { batchItemFailures: [] };
  const ids = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  assert.ok(!ids.includes('before') && !ids.includes('after'), 'A neighbour is stopped.');
  const posted = world.posts.map(({ request }) => request.headers['webhook-id']);
  for (const id of ['before', 'after']) {
    assert.ok(posted.includes(`evt_${id}_${input.length}`), 'A neighbour is not posted.');
  }
  return `${ids.length} ${posted.length} ${world.notAttempted.slice().sort().join(' ')}`;
}

export const target: Target = {
  holds: 'An unreadable message is reported by its id, and does not stop its neighbours.',
  covers: ['core/deliveries/', 'core/fanout/', 'core/jobs/', 'core/stats/', 'core/events/', 'lambdas/'],
  seeds: [
    ...Object.values(KINDS).map(({ good }) => JSON.stringify(good)),
    JSON.stringify({ v: 1, tenant: 'acme', events: [event], cursor: { page: 1, pattern: 0, after: null, noted: 0 } }),
    JSON.stringify(aMessage()),
    JSON.stringify(aMessage({ cycle: 2, step: 3, attempt: 2, forced: true, repeat: true, slot: START })),
    ...['', 'null', '{"v":2}', '[]', '{'],
  ],
  dictionary: [
    ...[
      'v',
      'tenant',
      'eventId',
      'eventType',
      'endpointId',
      'cycle',
      'step',
      'attempt',
      'payload',
      'acceptedAt',
      'expiresAt',
    ],
    ...[
      'traceId',
      'forced',
      'repeat',
      'copy',
      'slot',
      'key',
      'offset',
      'length',
      'inline',
      'events',
      'cursor',
      'page',
      'after',
    ],
    ...[
      'noted',
      'pattern',
      'jobId',
      'turn',
      'tallies',
      'hour',
      '3600000',
      'delivered',
      'failed',
      'latency',
      'ep_1',
      'evt_1',
    ],
    ...['__proto__', '1e999', '-1', '9007199254740993', `${START}`],
  ],
  timeMs: 2_000,
  check,
};
