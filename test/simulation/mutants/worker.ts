import { parentPort, workerData } from 'node:worker_threads';
import type { Mutant } from './mutant.ts';
import { plant } from './plant.ts';

/** Looks for the first seed that catches a planted mistake. */
export interface Caught {
  /** Seeds that were tried, the last one included. */
  tried: number;
  seed: number | null;
  promise: string;
  text: string;
}

const { mutant, seedsMax }: { mutant: Mutant; seedsMax: number } = workerData;
plant(mutant);
// Loaded only now, so that what it imports has the mistake.
const { simulate } = await import('../simulation.ts');

async function search(): Promise<Caught> {
  for (let seed = 0; seed < seedsMax; seed++) {
    const { violation } = await simulate(seed);
    if (violation !== undefined) return { tried: seed + 1, seed, promise: violation.promise, text: violation.text };
  }
  return { tried: seedsMax, seed: null, promise: '', text: '' };
}

parentPort?.postMessage(await search());
