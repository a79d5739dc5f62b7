import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { createDeliveryQueue } from '../../../adapters/sqs/delivery-queue.ts';
import {
  DELAY_SECONDS_MAX,
  type DeliveryLane,
  type DeliveryQueue,
  deliveryMessage,
} from '../../../core/deliveries/message.ts';
import { QueueModel } from '../../../local/sqs-model/queue-model.ts';
import { createMemoryDeliveryQueue } from '../../fakes/delivery-queue.ts';
import { aMessage, START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { startLocalAws } from '../local-aws.ts';
import { createVirtualClock } from '../queue/virtual-clock.ts';

interface World {
  readonly queue: DeliveryQueue;
  /** Receives everything visible in a lane; it is not returned again. */
  received(lane: DeliveryLane): { body: string; groupId?: string | undefined }[];
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

const HIDDEN = { VisibilityTimeout: '43200' };

function createWorld(model: QueueModel, queueOf: (arns: Record<DeliveryLane, string>) => DeliveryQueue) {
  const create = (name: DeliveryLane) => model.createQueue(name, HIDDEN);
  const arns = { fast: create('fast'), slow: create('slow'), bulk: create('bulk') };
  return {
    queue: queueOf(arns),
    received(lane: DeliveryLane) {
      const all: ReturnType<QueueModel['receive']> = [];
      for (let some = model.receive(arns[lane], { max: 10 }); some.length > 0; ) {
        all.push(...some);
        some = model.receive(arns[lane], { max: 10 });
      }
      return all;
    },
  };
}

async function memoryWorld(): Promise<World> {
  let now = START;
  let ids = 0;
  const model = new QueueModel({ now: () => now, newId: () => `m${++ids}` });
  return {
    ...createWorld(model, (arns) => createMemoryDeliveryQueue(model, arns, seededRandom(1))),
    advance: async (ms) => {
      now += ms;
    },
    close: async () => undefined,
  };
}

async function sqsWorld(): Promise<World> {
  const clock = createVirtualClock(START);
  const aws = await startLocalAws(clock);
  const client = new SQSClient(aws.clientOptions);
  const queueOf = ({ fast, slow, bulk }: Record<DeliveryLane, string>) =>
    createDeliveryQueue({
      client,
      queueUrls: { fast: aws.sqs.url(fast), slow: aws.sqs.url(slow), bulk: aws.sqs.url(bulk) },
      wait: async () => undefined,
      random: seededRandom(1),
    });
  return {
    ...createWorld(aws.sqs.engine.model, queueOf),
    advance: clock.advance,
    async close() {
      client.destroy();
      await aws.stop();
    },
  };
}

const outgoing = (endpointId: string, inline = '{}') => ({
  message: aMessage({ endpointId, payload: { key: 'k', offset: 0, length: 2, inline } }),
  delaySeconds: 0,
});

const read = (body: string) => deliveryMessage.parse(JSON.parse(body));
const whole = ({ message }: ReturnType<typeof outgoing>) => ({ ...message, copy: expect.stringMatching(/.{8}/) });

// SQSG and API: see ../queue/suite.ts
describe.each([
  ['in memory', memoryWorld],
  ['the SQS of a local run', sqsWorld],
])('the delivery queues, %s', (_, open) => {
  const inWorld = (act: (world: World) => Promise<void>) => async () => {
    const world = await open();
    try {
      await act(world);
    } finally {
      await world.close();
    }
  };

  // SQSG/sqs-fair-queues.html
  test(
    'a message arrives complete, in its lane and in the group of its endpoint',
    inWorld(async ({ queue, received }) => {
      const [fast, slow, unsaid] = [outgoing('ep_fast', '"é🚀"'), outgoing('ep_slow'), outgoing('ep_unsaid')];
      await queue.send([{ ...fast, lane: 'fast' }, { ...slow, lane: 'slow' }, unsaid]);
      const seen = (lane: DeliveryLane) =>
        received(lane)
          .map(({ body, groupId }) => [groupId, read(body)])
          .sort();
      expect(seen('fast')).toEqual([
        ['ep_fast', whole(fast)],
        ['ep_unsaid', whole(unsaid)],
      ]);
      expect(seen('slow')).toEqual([['ep_slow', whole(slow)]]);
    }),
  );

  test(
    "a wide event's deliveries go to the bulk lane, or to that of slow endpoints, in the group of their tenant",
    inWorld(async ({ queue, received }) => {
      const wide = (endpointId: string) => {
        const { message } = outgoing(endpointId);
        return { message: { ...message, wide: true }, delaySeconds: 0 };
      };
      await queue.send([wide('ep_1'), { ...wide('ep_2'), lane: 'fast' }, { ...wide('ep_3'), lane: 'slow' }]);
      const seen = (lane: DeliveryLane) =>
        received(lane)
          .map(({ body, groupId }) => [groupId, read(body).endpointId])
          .sort();
      expect(seen('bulk')).toEqual([
        ['acme', 'ep_1'],
        ['acme', 'ep_2'],
      ]);
      expect(seen('slow')).toEqual([['acme', 'ep_3']]);
      expect(seen('fast')).toEqual([]);
    }),
  );

  test(
    'each message has its own copy id, even if one delivery is sent twice',
    inWorld(async ({ queue, received }) => {
      await queue.send([outgoing('ep_1'), outgoing('ep_1')]);
      await queue.send([outgoing('ep_1')]);
      expect(new Set(received('fast').map(({ body }) => read(body).copy)).size).toBe(3);
    }),
  );

  // API_SendMessage, DelaySeconds
  test(
    'a delayed message arrives when its delay is over, up to the longest',
    inWorld(async ({ queue, received, advance }) => {
      await queue.send([{ ...outgoing('ep_1'), delaySeconds: DELAY_SECONDS_MAX }]);
      await advance(DELAY_SECONDS_MAX * 1000 - 1);
      expect(received('fast')).toEqual([]);
      await advance(1);
      expect(received('fast')).toHaveLength(1);
    }),
  );

  // API_SendMessage, DelaySeconds; SQSG/quotas-messages.html
  test(
    'a message that SQS can never accept is an error',
    inWorld(async ({ queue, received }) => {
      await expect(queue.send([{ ...outgoing('ep_1'), delaySeconds: DELAY_SECONDS_MAX + 1 }])).rejects.toThrow();
      await expect(queue.send([outgoing('ep_1', 'x'.repeat(1_048_576))])).rejects.toThrow();
      await expect(queue.send([outgoing('e'.repeat(129))])).rejects.toThrow();
      expect(received('fast')).toEqual([]);
    }),
  );

  // API_SendMessageBatch: 10 entries and 1 MiB
  test(
    'any number of messages is sent in one call, including large ones',
    inWorld(async ({ queue, received }) => {
      await queue.send([]);
      const many = Array.from({ length: 43 }, (_, at) => outgoing(`ep_${at}`, 'x'.repeat(at % 2 === 0 ? 250_000 : 10)));
      await queue.send(many);
      const groups = received('fast').map(({ groupId }) => groupId);
      expect(groups.sort()).toEqual(many.map(({ message }) => message.endpointId).sort());
    }),
  );
});
