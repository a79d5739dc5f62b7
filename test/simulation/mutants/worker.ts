import { parentPort, workerData } from 'node:worker_threads';
import type { Mutant } from './mutant.ts';
import { plant } from './plant.ts';

/** Finds the first seed that catches a planted bug. */
export interface Caught {
  /** Number of seeds tried, including the last one. */
  tried: number;
  seed: number | null;
  promise: string;
  text: string;
}

const { mutant, seedsMax }: { mutant: Mutant; seedsMax: number } = workerData;
plant(mutant);
// Loaded only now, so that its imports contain the bug.
const { simulate } = await import('../simulation.ts');

async function search(): Promise<Caught> {
  for (let seed = 0; seed < seedsMax; seed++) {
    const { violation } = await simulate(seed);
    if (violation !== undefined) return { tried: seed + 1, seed, promise: violation.promise, text: violation.text };
  }
  return { tried: seedsMax, seed: null, promise: '', text: '' };
}

parentPort?.postMessage(await search());
