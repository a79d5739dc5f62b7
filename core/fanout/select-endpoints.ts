import type { FilterEngine, FilterResult } from '../subscriptions/filter.ts';
import type { Subscription } from '../subscriptions/subscription.ts';

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

/** A filter that fails on this event: it does not match, and the failure is reported. */
export interface FilterError {
  endpointId: string;
  reason: string;
}

/** Which endpoints get an event, of those that subscribe to its type. */
export interface Selection {
  matched: Subscription[];
  /** Their filter takes more steps than the event allows; they get a dead delivery. */
  undecided: Subscription[];
  errors: FilterError[];
  /** The errors on our side among the undecided. */
  faults: string[];
  /** How many of the entries were evaluated: the others are left to another message. */
  done: number;
}

/** Whether any entry needs the envelope, for its filter. */
export const isFiltered = (entries: readonly Subscription[]) => entries.some(({ filter }) => filter !== null);

/**
 * Evaluates the filters of a page of subscriptions, in order, as long as the budget lasts.
 * @param envelope its JSON text; undefined if there is no filter.
 */
export async function selectEndpoints(
  envelope: string | undefined,
  entries: readonly Subscription[],
  budget: StepBudget,
  engine: Pick<FilterEngine, 'judge'>,
): Promise<Selection> {
  const choice: Selection = { matched: [], undecided: [], errors: [], faults: [], done: 0 };
  const judgements = envelope === undefined ? new Map() : await evaluate(envelope, distinct(entries), budget, engine);
  for (const entry of entries) {
    const judgement = judgementOf(entry, judgements);
    if (judgement === undefined) break;
    sort(entry, judgement, choice);
    choice.done += 1;
  }
  return choice;
}

/** The distinct filters, in the order of the entries. */
function distinct(entries: readonly Subscription[]): string[] {
  const filters = entries.flatMap(({ filter, formerFilter }) => [filter, formerFilter]);
  return [...new Set(filters.filter((filter) => typeof filter === 'string'))];
}

type Judgements = ReadonlyMap<string, FilterResult>;

async function evaluate(
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

/** While a filter changes, the endpoint gets an event that matches the former or the new one. */
function judgementOf({ filter, formerFilter }: Subscription, judgements: Judgements): FilterResult | undefined {
  if (filter === null) return { verdict: 'match' };
  const judgement = judgements.get(filter);
  if (judgement === undefined || judgement.verdict === 'match' || formerFilter === undefined) return judgement;
  const former = judgements.get(formerFilter);
  return former === undefined || former.verdict === 'match' || former.verdict === 'undecided' ? former : judgement;
}

function sort(entry: Subscription, judgement: FilterResult, choice: Selection): void {
  switch (judgement.verdict) {
    case 'match':
      choice.matched.push(entry);
      return;
    case 'no_match':
      return;
    case 'error':
      choice.errors.push({ endpointId: entry.endpointId, reason: judgement.reason });
      return;
    case 'undecided':
      choice.undecided.push(entry);
      if (judgement.fault !== undefined) choice.faults.push(judgement.fault);
      return;
  }
}
