import { Worker } from 'node:worker_threads';
import type { Fault } from './attempt.ts';
import type { Outcome } from './campaign.ts';
import { CurrentInput } from './current-input.ts';
import type { FromThread, ThreadData } from './protocol.ts';

export interface FuzzOptions {
  /** URL of the module that exports the target. */
  module: string;
  covers: readonly string[];
  corpus: readonly string[];
  seed: number;
  seconds: number;
  /** Ends early after this many inputs. */
  inputs?: number;
  /** After how long a running input counts as endless, in ms. */
  endlessMs?: number;
  /** How many threads may be lost to inputs, by default 3: the next would probably be lost as well. */
  lostMax?: number;
  /** Memory limits of its thread. */
  memoryMb?: number;
  guided?: boolean;
}

/** The result of fuzzing a target. `blocks` is undefined if every thread had to be terminated. */
export interface Result {
  tried: number;
  blocks: Outcome['blocks'] | undefined;
  corpus: string[];
  faults: Fault[];
}

const LOOK_EVERY_MS = 250;

/** Fuzzes one target in its own thread, and in a new one if an input made that end. */
export async function fuzz(options: FuzzOptions): Promise<Result> {
  const { seconds, lostMax = 3 } = options;
  const until = Date.now() + seconds * 1_000;
  const result: Result = { tried: 0, blocks: undefined, corpus: [...options.corpus], faults: [] };
  for (let lost = 0; lost < lostMax; lost++) {
    const end = await runThread({ ...options, corpus: result.corpus, seed: options.seed + lost }, until, result);
    if (end.outcome !== undefined) {
      const { blocks, corpus } = end.outcome;
      return { ...result, blocks, corpus };
    }
    result.faults.push(end.fault);
  }
  return result;
}

type End = { outcome: Outcome } | { outcome?: undefined; fault: Fault };

/** Adds kept inputs, failures and the number of inputs to the result as they arrive. */
async function runThread(options: FuzzOptions, until: number, result: Result): Promise<End> {
  const { module, covers, corpus, seed } = options;
  const { inputs = Number.POSITIVE_INFINITY, endlessMs = 30_000, memoryMb = 512 } = options;
  const current = new CurrentInput();
  const workerData: ThreadData = {
    ...{ module, covers, corpus, seed, inputs, until },
    memory: current.memory,
    guided: options.guided ?? true,
  };
  const thread = new Worker(new URL('thread.ts', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
  const { promise, resolve, reject } = Promise.withResolvers<End>();
  const lostTo = (kind: string, report: string) => resolve({ fault: { input: current.input, kind, report } });
  thread.on('message', (message: FromThread) => {
    if ('kept' in message) result.corpus.push(message.kept);
    else if ('fault' in message) result.faults.push(message.fault);
    else resolve(message);
  });
  thread.on('error', (error: Error & { code?: string }) => {
    if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') reject(error);
    else lostTo('memory', `Takes more than ${memoryMb} MB.`);
  });
  const watch = watchFor(endlessMs, current, () => lostTo('endless', `Is not done after ${endlessMs} ms.`));
  try {
    return await promise;
  } finally {
    clearInterval(watch);
    result.tried += current.count;
    await thread.terminate();
  }
}

/** Calls back when one input has been running for too long. */
function watchFor(endlessMs: number, current: CurrentInput, tooLong: () => void): NodeJS.Timeout {
  let seen = { count: 0, at: Date.now() };
  return setInterval(() => {
    if (current.count !== seen.count) seen = { count: current.count, at: Date.now() };
    // None yet: the target is still being loaded.
    else if (seen.count > 0 && Date.now() - seen.at > endlessMs) tooLong();
  }, LOOK_EVERY_MS);
}
