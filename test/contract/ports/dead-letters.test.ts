import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { createDeadLetterQueue } from '../../../adapters/sqs/dead-letters.ts';
import type { DeadLetterQueue, ReceivedDeadLetter } from '../../../core/dead-letters/dead-letter.ts';
import { QueueModel } from '../../../local/sqs-model/queue-model.ts';
import { createMemoryDeadLetterQueue } from '../../fakes/dead-letters.ts';
import { START } from '../../support/delivery-world.ts';
import { startLocalAws } from '../local-aws.ts';
import { createVirtualClock } from '../queue/virtual-clock.ts';

interface World {
  readonly letters: DeadLetterQueue;
  /** Makes messages dead letters; each was received once before. @returns their ids. */
  die(bodies: string[]): string[];
  /** Waits for a receive: an empty one returns when its wait time is over. */
  receive(): Promise<ReceivedDeadLetter[]>;
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

function queuesOf(model: QueueModel) {
  const deadLetters = model.createQueue('dead-letters');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetters, maxReceiveCount: 1 });
  const work = model.createQueue('work', { RedrivePolicy, VisibilityTimeout: '0' });
  return {
    deadLetters,
    die(bodies: string[]) {
      const ids = bodies.map((body) => model.send(work, { body }).messageId);
      for (let round = 0; round < bodies.length * 2; round++) model.receive(work, { max: 1 });
      return ids;
    },
  };
}

async function memoryWorld(): Promise<World> {
  let now = START;
  let ids = 0;
  const model = new QueueModel({ now: () => now, newId: () => `m${++ids}` });
  const { deadLetters, die } = queuesOf(model);
  const letters = createMemoryDeadLetterQueue(model, deadLetters);
  const advance = async (ms: number) => {
    now += ms;
  };
  return { letters, die, receive: () => letters.receive(), advance, close: async () => undefined };
}

async function sqsWorld(): Promise<World> {
  const clock = createVirtualClock(START);
  const aws = await startLocalAws(clock);
  const client = new SQSClient(aws.clientOptions);
  const { deadLetters, die } = queuesOf(aws.sqs.engine.model);
  const letters = createDeadLetterQueue({ client, queueUrl: aws.sqs.url(deadLetters) });
  return {
    letters,
    die,
    async receive() {
      let found: ReceivedDeadLetter[] | undefined;
      const asked = letters.receive().then((some) => {
        found = some;
      });
      while (found === undefined) {
        await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 20))]);
        if (found === undefined) await clock.advance(1_000);
      }
      return found;
    },
    advance: clock.advance,
    async close() {
      client.destroy();
      await aws.stop();
    },
  };
}

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `letter ${at}`);

// SQSG and API: see ../queue/suite.ts
describe.each([
  ['in memory', memoryWorld],
  ['the SQS of a local run', sqsWorld],
])('the dead-letter queue, %s', (_, open) => {
  const inWorld = (act: (world: World) => Promise<void>) => async () => {
    const world = await open();
    try {
      await act(world);
    } finally {
      await world.close();
    }
  };

  async function receiveAll(world: World): Promise<ReceivedDeadLetter[]> {
    const all: ReceivedDeadLetter[] = [];
    for (let some = await world.receive(); some.length > 0; some = await world.receive()) all.push(...some);
    return all;
  }

  // SQSG/sqs-dead-letter-queues.html, SQSG/setting-up-dead-letter-queue-retention.html
  test(
    'a dead letter keeps the id, the body and the times of the message',
    inWorld(async (world) => {
      const [messageId] = world.die(['é🚀']);
      await world.advance(5_000);
      const [letter] = await world.receive();
      expect(letter).toMatchObject({ messageId, body: 'é🚀', sentAt: START, firstReceivedAt: START });
      expect(letter?.receiveCount).toBeGreaterThan(1);
    }),
  );

  test(
    'up to ten are received at once, and none twice within half a minute',
    inWorld(async (world) => {
      const ids = world.die(numbered(23));
      const first = await world.receive();
      expect(first.length).toBeLessThanOrEqual(10);
      const all = [...first, ...(await receiveAll(world))];
      expect(all.map(({ messageId }) => messageId).sort()).toEqual(ids.sort());
      await world.advance(30_000);
      expect(await receiveAll(world)).toHaveLength(23);
    }),
  );

  // API_GetQueueAttributes: visible and in flight are counted separately
  test(
    'dead letters in flight are counted with the others',
    inWorld(async (world) => {
      world.die(numbered(12));
      expect(await world.letters.count()).toBe(12);
      await world.receive();
      expect(await world.letters.count()).toBe(12);
    }),
  );

  // API_DeleteMessageBatch: 10 entries
  test(
    'any number is deleted at once, and deleting a missing one is not an error',
    inWorld(async (world) => {
      world.die(numbered(23));
      const [kept, ...others] = await receiveAll(world);
      await world.letters.remove(others);
      await world.letters.remove(others);
      await world.letters.remove([]);
      expect(await world.letters.count()).toBe(1);
      await world.advance(30_000);
      expect((await receiveAll(world)).map(({ messageId }) => messageId)).toEqual([kept?.messageId]);
    }),
  );

  // API_ChangeMessageVisibilityBatch: 10 entries
  test(
    'any number is made visible again, and one that is already visible is not an error',
    inWorld(async (world) => {
      world.die(numbered(23));
      const all = await receiveAll(world);
      await world.letters.makeVisible(all);
      await world.letters.makeVisible(all);
      await world.letters.makeVisible([]);
      expect(await receiveAll(world)).toHaveLength(23);
    }),
  );
});
