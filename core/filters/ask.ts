import type { Wait } from '../clock.ts';
import type { FilterEngine, Judgement, OpenEnvelope } from './filter.ts';

/**
 * Steps that the filters of one message may take in all: at most 2 s of Lambda's share of a core at 512 MB (0.29), at
 * up to 40 ns a step. What is left is asked in a message of its own: a filter's answer never depends on its neighbours.
 */
export const STEPS_PER_MESSAGE = 14_000_000;
/** After so many, the other messages of the batch have their turn: some milliseconds. */
const STEPS_AT_A_STRETCH = 100_000;
/** Reading a text takes about as long as a step for so many of its characters. */
const CHARACTERS_READ_PER_STEP = 2;

/** What may still be spent on filters. */
export interface StepBudget {
  left: number;
}

export const newStepBudget = (): StepBudget => ({ left: STEPS_PER_MESSAGE });

export interface AskPorts {
  filters: FilterEngine;
  wait: Wait;
}

/** Asks filters of one envelope, each once, and lets others have their turn in between. */
export interface Asker {
  ask(filter: string): Promise<Judgement>;
}

/** Opens an envelope for filters. @param text the envelope; it is read at the first question. */
export function askerOf(text: string, budget: StepBudget, { filters, wait }: AskPorts): Asker {
  const known = new Map<string, Judgement>();
  let envelope: OpenEnvelope | undefined;
  let stretch = 0;

  function spend(steps: number): void {
    budget.left -= steps;
    stretch += steps;
  }

  return {
    async ask(filter) {
      const before = known.get(filter);
      if (before !== undefined) return before;
      if (stretch >= STEPS_AT_A_STRETCH) {
        stretch = 0;
        await wait(0);
      }
      if (envelope === undefined) {
        envelope = filters.open(text);
        spend(Math.ceil(text.length / CHARACTERS_READ_PER_STEP));
      }
      const { steps, ...judgement } = envelope.judge(filter);
      spend(steps);
      known.set(filter, judgement);
      return judgement;
    },
  };
}
