/**
 * Steps that the filters of one message may take in all: at most 2 s of Lambda's share of a core at 512 MB (0.29), at
 * up to 70 ns a step (`npm run bench -- steps`). What is left is asked in a message of its own: a filter's answer never depends on its neighbours.
 */
export const STEPS_PER_MESSAGE = 8_000_000;
/** Reading a text takes about as long as a step for so many of its characters. */
const CHARACTERS_READ_PER_STEP = 2;

/** What may still be spent on filters. */
export interface StepBudget {
  left: number;
}

export const newStepBudget = (): StepBudget => ({ left: STEPS_PER_MESSAGE });

/** Spends what asking filters of this envelope took. */
export function spend(budget: StepBudget, envelope: string, steps: number): void {
  budget.left -= steps + Math.ceil(envelope.length / CHARACTERS_READ_PER_STEP);
}
