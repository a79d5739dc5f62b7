import type { FilterEngine, FilterResult } from '../../../core/subscriptions/filter.ts';
import type { Chance } from '../engine/chance.ts';
import type { Container } from '../engine/container.ts';

/**
 * The filters of the simulation, which test whether an event's data says `"big":true`. `big` matches those events, `small`
 * all others; `odd` matches those too, and fails on all others; `beyond` exceeds its limit on them. The number is the steps
 * that the filter takes. Parsing JMESPath is not tested here.
 */
const KINDS = ['big', 'small', 'odd', 'beyond'] as const;

/** Two of these use up a message's budget. */
const HEAVY_STEPS = 4_000_000;

/** A random filter. Heavy ones are all different, so that each is evaluated separately. */
export function drawFilter(chance: Chance, heavyFilters: number): string {
  const steps = chance.happens(heavyFilters) ? HEAVY_STEPS + chance.whole(0, 1_000) : 10;
  return `${chance.pick(KINDS)} ${steps}`;
}

/** Whether a filter exceeds its limit on an event. */
export const exceedsLimit = (filter: string | null, { isBig }: { isBig: boolean }) =>
  isBig && filter?.startsWith('beyond ') === true;

/** Whether an event passes a filter, if the filter stays within its limit. */
export function passesFilter(filter: string | null, { isBig }: { isBig: boolean }): boolean {
  return filter === null || (filter.startsWith('small ') ? !isBig : isBig);
}

export const filters: FilterEngine = {
  check: () => undefined,
  async judge(envelope, asked, steps) {
    const isBig = envelope.includes('"big":true');
    const judgements: FilterResult[] = [];
    let spent = 0;
    for (const filter of asked) {
      if (spent >= steps && judgements.length > 0) break;
      judgements.push(judgementOf(filter, isBig));
      spent += Number(filter.split(' ')[1]);
    }
    return { judgements, steps: spent };
  },
};

/** Filters through a container: the call may fail, as if their thread had ended, and must be retried. */
export function filtersOf(container: Container): Pick<FilterEngine, 'judge'> {
  return {
    judge: (envelope, ...asked) =>
      container
        .call({ name: 'filters.judge' }, () => filters.judge(envelope, ...asked))
        .finally(() => container.used(envelope)),
  };
}

function judgementOf(filter: string, isBig: boolean): FilterResult {
  if (exceedsLimit(filter, { isBig })) return { verdict: 'undecided' };
  if (filter.startsWith('odd ') && !isBig) return { verdict: 'error', reason: 'it is odd' };
  return { verdict: passesFilter(filter, { isBig }) ? 'match' : 'no_match' };
}
