import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checks } from '../../../tools/confirm/checks.ts';
import { World } from '../../../tools/confirm/world.ts';
import { type SqsServer, startSqsServer } from '../../contract/queue/sdk-world.ts';
import { createVirtualClock, type VirtualClock } from '../../contract/queue/virtual-clock.ts';

/** Lets virtual time pass while long polls wait. @returns what stops it. */
function flow(clock: VirtualClock): () => void {
  let isOver = false;
  const pass = async () => {
    while (!isOver) await clock.advance(100);
  };
  void pass();
  return () => {
    isOver = true;
  };
}

let server: SqsServer;
let clock: VirtualClock;
let stop: () => void;

beforeEach(async () => {
  clock = createVirtualClock();
  server = await startSqsServer({ clock });
  // The local SQS knows no tags.
  server.client.middlewareStack.add(
    (next) => (call) => {
      const { tags: _, ...input } = call.input as { tags?: unknown };
      return next({ ...call, input: input as typeof call.input });
    },
    { step: 'initialize' },
  );
  stop = flow(clock);
});

afterEach(async () => {
  stop();
  await server.close();
});

// The product is tested with this model of SQS: it must answer as the page says that AWS does.
describe('the queue model', () => {
  it.each(checks.filter(({ needs }) => needs === 'queues').map((check) => [check.id, check] as const))(
    'confirms %s',
    async (_, check) => {
      const world = new World({
        sqs: server.client,
        lambda: new LambdaClient({ region: 'us-east-1' }),
        cloudFormation: new CloudFormationClient({ region: 'us-east-1' }),
        sts: new STSClient({ region: 'us-east-1' }),
        runId: 'model',
        stage: 'local',
        region: 'us-east-1',
        ownStack: () => expect.fail('needs no stack'),
        time: {
          now: clock.now,
          wait: (ms) => new Promise((resolve) => clock.wakeAt(clock.now() + ms, resolve)),
        },
      });

      const verdict = await check.outcome(world);

      expect(verdict, verdict.seen).toMatchObject({ result: 'confirmed' });
      await world.close();
    },
  );
});
