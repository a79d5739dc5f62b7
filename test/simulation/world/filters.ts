import type { FilterEngine, Judgement } from '../../../core/subscriptions/filter.ts';
import type { Chance } from '../engine/chance.ts';
import type { Container } from '../engine/container.ts';

/**
 * The filters of the simulation, which are about events whose data says that they are big: `big` holds for those, `small`
 * for all others; `odd` holds for those too, and fails at all others; `beyond` cannot decide them. The number after it is the steps that it takes. Parsing
 * JMESPath is not what is tried here.
 */
const KINDS = ['big', 'small', 'odd', 'beyond'] as const;

/** Five of these are more than a message may spend. */
const HEAVY_STEPS = 4_000_000;

/** A filter, as somebody might write it; a heavy one is like no other, so that each is asked on its own. */
export function drawFilter(chance: Chance, heavyFilters: number): string {
  const steps = chance.happens(heavyFilters) ? HEAVY_STEPS + chance.whole(0, 1_000) : 10;
  return `${chance.pick(KINDS)} ${steps}`;
}

/** Whether nobody can tell if an event passes a filter. */
export const isBeyond = (filter: string | null, { isBig }: { isBig: boolean }) =>
  isBig && filter?.startsWith('beyond ') === true;

/** Whether an event is for whoever has this filter, if anybody can tell. */
export function letsThrough(filter: string | null, { isBig }: { isBig: boolean }): boolean {
  return filter === null || (filter.startsWith('small ') ? !isBig : isBig);
}

export const filters: FilterEngine = {
  check: () => undefined,
  async judge(envelope, asked, steps) {
    const isBig = envelope.includes('"big":true');
    const judgements: Judgement[] = [];
    let spent = 0;
    for (const filter of asked) {
      if (spent >= steps && judgements.length > 0) break;
      judgements.push(judgementOf(filter, isBig));
      spent += Number(filter.split(' ')[1]);
    }
    return { judgements, steps: spent };
  },
};

/** Filters asked through a container: their thread may end, and the question must be asked again. */
export function filtersOf(container: Container): Pick<FilterEngine, 'judge'> {
  return { judge: (...question) => container.call({ name: 'filters.judge' }, () => filters.judge(...question)) };
}

function judgementOf(filter: string, isBig: boolean): Judgement {
  if (isBeyond(filter, { isBig })) return { verdict: 'undecided' };
  if (filter.startsWith('odd ') && !isBig) return { verdict: 'errs', reason: 'it is odd' };
  return { verdict: letsThrough(filter, { isBig }) ? 'holds' : 'fails' };
}
