import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { MUTANTS } from './mutants/list.ts';
import type { Mutant } from './mutants/mutant.ts';
import type { Caught } from './mutants/worker.ts';

/*
 * npm run simulate:mutants [-- --only <part of a name>] [--seeds 2000] [--workers 2]
 * Plants one bug after another and counts the seeds until the simulation catches it; exits 1 if one is not caught.
 */

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '2000' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});

function hunt(mutant: Mutant): Promise<Caught> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('mutants/worker.ts', import.meta.url), {
      workerData: { mutant, seedsMax: Number(values.seeds) },
    });
    worker.on('message', resolve);
    worker.on('error', reject);
  });
}

const chosen = MUTANTS.filter(({ name }) => name.includes(values.only));
const survivors: string[] = [];
const waiting = chosen.values();

async function lane(): Promise<void> {
  for (const mutant of waiting) {
    let caught: Caught;
    try {
      caught = await hunt(mutant);
    } catch (fault) {
      survivors.push(mutant.name);
      console.log(`CANNOT BE PLANTED        ${mutant.name}: ${fault instanceof Error ? fault.message : fault}`);
      continue;
    }
    const { tried, seed, promise, text } = caught;
    if (seed === null) {
      survivors.push(mutant.name);
      console.log(`SURVIVES ${String(tried).padStart(5)} seeds  ${mutant.name}`);
    } else
      console.log(`caught   ${String(tried).padStart(5)} seeds  ${mutant.name}  (${promise}: ${text.slice(0, 90)})`);
  }
}

await Promise.all(Array.from({ length: Number(values.workers) }, lane));
console.log(`${chosen.length - survivors.length} of ${chosen.length} mutants caught`);
if (survivors.length > 0) process.exitCode = 1;
