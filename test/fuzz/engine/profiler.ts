import { type Profiler as Protocol, Session } from 'node:inspector';

/** A range of a script, in characters, and how often it ran. The ranges of a function are nested, the outer one first. */
export type Range = Protocol.CoverageRange;

/** The coverage of one script, by function. */
export interface Ran {
  script: string;
  functions: readonly (readonly Range[])[];
}

const ROOT = new URL('../../..', import.meta.url).href;

/**
 * V8's precise block coverage of this thread. Code that was loaded before `start` is not covered; every reading costs some
 * 3 ms, whatever has run, so many inputs share one.
 */
export class Profiler {
  readonly #session = new Session();
  readonly #prefixes: string[];

  /** @param covers path prefixes from the root: other code is ignored. */
  constructor(covers: readonly string[]) {
    this.#prefixes = covers.map((path) => ROOT + path);
  }

  start(): void {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** The coverage since the last reading. */
  look(): Ran[] {
    const found: Ran[] = [];
    // A session on the same thread answers before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error !== null) throw error;
      for (const { url, functions } of taken.result) {
        if (!this.#prefixes.some((prefix) => url.startsWith(prefix))) continue;
        found.push({ script: url.slice(ROOT.length), functions: functions.map(({ ranges }) => ranges) });
      }
    });
    return found;
  }

  stop(): void {
    this.#session.disconnect();
  }
}
