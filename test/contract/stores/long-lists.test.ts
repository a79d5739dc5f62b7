import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { loopbackClient } from '../../support/dynamodb.ts';
import { startLocalAws } from '../local-aws.ts';
import type { StoreEngine } from './contract.ts';
import { createDynamoDbWorld } from './dynamodb-world.ts';
import { longListRules } from './long-lists.ts';
import { createMemoryWorld } from './memory-world.ts';
import type { StoreWorld } from './world.ts';

async function startMemory(): Promise<StoreEngine<StoreWorld>> {
  return { createWorld: async () => createMemoryWorld(), stop: async () => undefined };
}

async function startEmbedded(): Promise<StoreEngine<StoreWorld>> {
  const { port, stop } = await startLocalAws();
  const client = loopbackClient(port);
  return {
    createWorld: () => createDynamoDbWorld({ client, port }),
    async stop() {
      client.destroy();
      await stop();
    },
  };
}

// Not in DynamoDB Local: it takes a minute, and the lists of the contract suite run there.
describe.each([
  ['memory', startMemory],
  ['the DynamoDB of a local run', startEmbedded],
] as const)('long lists in %s', { timeout: 60_000 }, (_name, start) => {
  describe('page completely, without repeats, newest first, while items are added', () => {
    let engine: StoreEngine<StoreWorld>;
    let world: StoreWorld;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(() => engine.stop());
    beforeEach(async () => {
      world = await engine.createWorld();
    });
    longListRules(() => world);
  });
});
