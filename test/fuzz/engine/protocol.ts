import type { Fault } from './attempt.ts';
import type { Outcome } from './campaign.ts';

/** What a thread is given. */
export interface ThreadData {
  /** URL of the module that exports the target. */
  module: string;
  covers: readonly string[];
  corpus: readonly string[];
  seed: number;
  /** It ends after so many inputs, or at this time, in ms since the epoch. */
  inputs: number;
  until: number;
  /** Where it says which input is under way. */
  memory: SharedArrayBuffer;
  /** Whether new code guides the search. Without, it is blind. */
  guided: boolean;
}

export type FromThread = { kept: string } | { fault: Fault } | { outcome: Outcome };
