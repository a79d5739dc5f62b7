import { Problem } from '../problem.ts';
import type { FilterEngine, FilterResult } from './filter.ts';

/** More than any event allows its filter. */
const STEPS_MAX = 20_000_000;

/**
 * The result that a filter would have for an event, and the steps that it took.
 * @param envelope the JSON text that the endpoint would receive.
 * @throws Problem `invalid` for an expression that could not be saved.
 */
export async function tryFilter(
  filter: string,
  envelope: string,
  { filters }: { filters: FilterEngine },
): Promise<FilterResult & { steps: number }> {
  const fault = filters.check(filter);
  if (fault !== undefined) {
    throw new Problem('invalid', 'The filter is not valid: correct it.', {
      faults: [{ path: 'filter', message: fault }],
    });
  }
  const { judgements, steps } = await filters.judge(envelope, [filter], STEPS_MAX);
  const [judgement = { verdict: 'undecided' as const }] = judgements;
  return { ...judgement, steps };
}
