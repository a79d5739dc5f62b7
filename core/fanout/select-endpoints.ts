import type { FilterEngine, Judgement } from '../subscriptions/filter.ts';
import type { Subscription } from '../subscriptions/subscription.ts';
import { type StepBudget, spend } from './step-budget.ts';

/** A filter that fails at this event: it does not match, and its owner is told. */
export interface FilterError {
  endpointId: string;
  reason: string;
}

/** Which of the endpoints that subscribe to its type an event is for. */
export interface Selection {
  matched: Subscription[];
  /** Whose filter needs more than the event allows: nobody can tell, so they get it as a dead delivery. */
  undecided: Subscription[];
  errors: FilterError[];
  /** Our own faults among the undecided. */
  faults: string[];
  /** How many of the entries were looked at: the others are for another message. */
  done: number;
}

/** Whether anybody has to look into the envelope to know whom it is for. */
export const isFiltered = (entries: readonly Subscription[]) => entries.some(({ filter }) => filter !== null);

/**
 * Asks the filters of a page of subscriptions, in their order, as long as the budget lasts.
 * @param envelope its JSON text; undefined where nobody filters.
 */
export async function selectEndpoints(
  envelope: string | undefined,
  entries: readonly Subscription[],
  budget: StepBudget,
  engine: Pick<FilterEngine, 'judge'>,
): Promise<Selection> {
  const choice: Selection = { matched: [], undecided: [], errors: [], faults: [], done: 0 };
  const judgements = envelope === undefined ? new Map() : await ask(envelope, distinct(entries), budget, engine);
  for (const entry of entries) {
    const judgement = judgementOf(entry, judgements);
    if (judgement === undefined) break;
    sort(entry, judgement, choice);
    choice.done += 1;
  }
  return choice;
}

/** The filters in the order of the entries, each once. */
function distinct(entries: readonly Subscription[]): string[] {
  const filters = entries.flatMap(({ filter, formerFilter }) => [filter, formerFilter]);
  return [...new Set(filters.filter((filter) => typeof filter === 'string'))];
}

type Judgements = ReadonlyMap<string, Judgement>;

async function ask(
  envelope: string,
  filters: readonly string[],
  budget: StepBudget,
  engine: Pick<FilterEngine, 'judge'>,
): Promise<Judgements> {
  if (budget.left <= 0) return new Map();
  const { judgements, steps } = await engine.judge(envelope, filters, budget.left);
  spend(budget, envelope, steps);
  return new Map(judgements.map((judgement, at) => [filters[at] ?? '', judgement]));
}

/** While a filter is being changed, an event that the former or the new one takes is for the endpoint. */
function judgementOf({ filter, formerFilter }: Subscription, judgements: Judgements): Judgement | undefined {
  if (filter === null) return { verdict: 'holds' };
  const judgement = judgements.get(filter);
  if (judgement === undefined || judgement.verdict === 'holds' || formerFilter === undefined) return judgement;
  const former = judgements.get(formerFilter);
  return former === undefined || former.verdict === 'holds' || former.verdict === 'undecided' ? former : judgement;
}

function sort(entry: Subscription, judgement: Judgement, choice: Selection): void {
  switch (judgement.verdict) {
    case 'holds':
      choice.matched.push(entry);
      return;
    case 'fails':
      return;
    case 'errs':
      choice.errors.push({ endpointId: entry.endpointId, reason: judgement.reason });
      return;
    case 'undecided':
      choice.undecided.push(entry);
      if (judgement.fault !== undefined) choice.faults.push(judgement.fault);
      return;
  }
}
