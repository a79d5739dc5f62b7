import { parentPort, workerData } from 'node:worker_threads';
import type { Target } from '../targets/target.ts';
import { Campaign } from './campaign.ts';
import { CurrentInput } from './current-input.ts';
import { Profiler } from './profiler.ts';
import type { FromThread, ThreadData } from './protocol.ts';

/** A thread for one campaign: it can be terminated if an input never ends or takes all memory. */
const { module, covers, corpus, seed, inputs, until, memory, guided }: ThreadData = workerData;

const tell = (message: FromThread) => parentPort?.postMessage(message);
const current = new CurrentInput(memory);
const profiler = new Profiler(covers);
// Before the target is loaded, since V8 only covers code loaded afterwards.
profiler.start();
const { target }: { target: Target } = await import(module);

const outcome = await new Campaign({
  target,
  corpus,
  seed,
  look: () => (guided ? profiler.look() : []),
  goesOn: (tried) => tried < inputs && Date.now() < until,
  trying: (input) => current.set(input),
  kept: (input) => tell({ kept: input }),
  fault: (fault) => tell({ fault }),
}).run();
profiler.stop();
tell({ outcome });
