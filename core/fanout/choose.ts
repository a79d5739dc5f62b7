import type { AcceptedEvent } from '../events/accepted.ts';
import type { PayloadRef } from '../events/event.ts';
import { type Asker, type AskPorts, askerOf, type StepBudget } from '../filters/ask.ts';
import type { Judgement } from '../filters/filter.ts';
import type { Turnstile } from '../parallel.ts';
import type { Subscription } from '../subscriptions/subscription.ts';

export interface PayloadReader {
  /** The envelope, byte for byte. */
  get(ref: PayloadRef): Promise<string>;
}

export interface ChoosePorts extends AskPorts {
  payloads: PayloadReader;
  /** Large envelopes are read one at a time: parsed, each takes some thirty times the memory of its text. */
  large: Turnstile;
}

/** A filter that fails at this event: it does not match, and its owner is told. */
export interface FilterError {
  endpointId: string;
  reason: string;
}

/** Which of the endpoints that subscribe to its type an event is for. */
export interface Choice {
  matched: Subscription[];
  /** Whose filter needs more than the event allows: nobody can tell, so they get it as a dead delivery. */
  undecided: Subscription[];
  errors: FilterError[];
  /** Our own faults among the undecided. */
  faults: unknown[];
  /** How many of the entries were looked at: the others are for another message. */
  done: number;
}

/** Asks the filters of a page of subscriptions, in their order, as long as the budget lasts. */
export async function choose(
  event: AcceptedEvent,
  entries: readonly Subscription[],
  budget: StepBudget,
  ports: ChoosePorts,
): Promise<Choice> {
  if (entries.every(({ filter }) => filter === null))
    return { ...noChoice(), matched: [...entries], done: entries.length };
  const { inline } = event.payload;
  if (inline !== undefined) return chooseBy(askerOf(inline, budget, ports), entries, budget);
  return ports.large(async () =>
    chooseBy(askerOf(await ports.payloads.get(event.payload), budget, ports), entries, budget),
  );
}

const noChoice = (): Choice => ({ matched: [], undecided: [], errors: [], faults: [], done: 0 });

async function chooseBy(asker: Asker, entries: readonly Subscription[], budget: StepBudget): Promise<Choice> {
  const choice = noChoice();
  for (const entry of entries) {
    if (entry.filter !== null && budget.left <= 0) break;
    sort(entry, await judge(asker, entry), choice);
    choice.done += 1;
  }
  return choice;
}

/** While a filter is being changed, an event that the former or the new one takes is for the endpoint. */
async function judge(asker: Asker, { filter, formerFilter }: Subscription): Promise<Judgement> {
  if (filter === null) return { verdict: 'holds' };
  const judgement = await asker.ask(filter);
  if (judgement.verdict === 'holds' || formerFilter === undefined) return judgement;
  const former = await asker.ask(formerFilter);
  return former.verdict === 'holds' || former.verdict === 'undecided' ? former : judgement;
}

function sort(entry: Subscription, judgement: Judgement, choice: Choice): void {
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
