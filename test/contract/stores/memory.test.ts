import { storeContract } from './contract.ts';
import { createMemoryWorld } from './memory-world.ts';

storeContract('the memory stores', async () => ({
  createWorld: async () => createMemoryWorld(),
  stop: async () => undefined,
}));
