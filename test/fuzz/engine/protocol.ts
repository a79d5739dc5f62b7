import type { Fault } from './attempt.ts';
import type { Outcome } from './campaign.ts';

/** The parameters of a thread. */
export interface ThreadData {
  /** URL of the module that exports the target. */
  module: string;
  covers: readonly string[];
  corpus: readonly string[];
  seed: number;
  /** It ends after this many inputs, or at this time, in ms since the epoch. */
  inputs: number;
  until: number;
  /** Where it records the current input. */
  memory: SharedArrayBuffer;
  /** Whether coverage guides the search. */
  guided: boolean;
}

export type FromThread = { kept: string } | { fault: Fault } | { outcome: Outcome };
