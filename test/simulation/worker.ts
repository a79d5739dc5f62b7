import { parentPort, workerData } from 'node:worker_threads';
import { addOutcome, noTotals } from './report.ts';
import { simulate } from './simulation.ts';

/** A thread's share of the seeds; reports when all are done, or enough have failed. */
const { from, until, step }: { from: number; until: number; step: number } = workerData;
const BROKEN_ENOUGH = 5;

const totals = noTotals();
for (let seed = from; seed < until && totals.broken.length < BROKEN_ENOUGH; seed += step) {
  addOutcome(totals, await simulate(seed));
}
parentPort?.postMessage(totals);
