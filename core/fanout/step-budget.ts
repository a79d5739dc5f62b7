/**
 * Steps that all filters of one message may take: at most 2 s of Lambda's share of a core at 512 MB (0.29), at up to 70
 * ns a step (`npm run bench -- steps`). The rest is evaluated in a message of its own: a filter's result never depends
 * on the other filters.
 */
export const STEPS_PER_MESSAGE = 8_000_000;
/** Reading this many characters of a text takes about as long as one step. */
const CHARACTERS_READ_PER_STEP = 2;

/** The steps that are left for filters. */
export interface StepBudget {
  left: number;
}

export const newStepBudget = (): StepBudget => ({ left: STEPS_PER_MESSAGE });

/** Deducts what evaluating filters on this envelope took. */
export function spend(budget: StepBudget, envelope: string, steps: number): void {
  budget.left -= steps + Math.ceil(envelope.length / CHARACTERS_READ_PER_STEP);
}
