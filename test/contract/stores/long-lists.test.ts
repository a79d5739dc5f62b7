import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import type { StoreEngine } from './contract.ts';
import { startEmbedded } from './dynamodb-world.ts';
import { longListRules } from './long-lists.ts';
import { createMemoryWorld } from './memory-world.ts';
import type { StoreWorld } from './world.ts';

async function startMemory(): Promise<StoreEngine<StoreWorld>> {
  return { createWorld: async () => createMemoryWorld(), stop: async () => undefined };
}

// Not in DynamoDB Local: it takes a minute, and the lists of the contract suite run there.
describe.each([
  ['memory', startMemory],
  ['the DynamoDB of a local run', startEmbedded],
] as const)('long lists in %s', { timeout: 120_000 }, (_name, start) => {
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
