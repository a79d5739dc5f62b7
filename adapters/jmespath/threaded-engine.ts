import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FilterEngine, Judgement } from '../../core/subscriptions/filter.ts';
import { Stopped } from './faults.ts';
import { check, TURN_STEPS } from './filter-engine.ts';
import { FilterThread } from './filter-thread.ts';
import { type Counted, judge } from './judge.ts';
import { readJson } from './read-json.ts';
import type { Value } from './value.ts';

/** Some tenths of a millisecond: what a filter may take of the thread that everybody shares. Ordinary ones take a hundredth. */
const STEPS_HERE = 5_000;
/** A longer envelope is read in the other thread as well. */
const CHARACTERS_HERE = 128 * 1024;

/**
 * Content filters whose long evaluations run in a thread of their own, so that they keep none of the other work of the
 * process waiting. The thread is started when the first of them comes; who has only ordinary filters never pays for it.
 * @param worker where `worker.ts`, or its bundle, is.
 */
export function createThreadedFilters(worker: URL): FilterEngine {
  const thread = new FilterThread(worker);
  return {
    check,
    async judge(envelope, filters, steps) {
      if (envelope.length > CHARACTERS_HERE) return thread.judge(envelope, filters, steps);
      const here = await judgeHere(envelope, filters);
      const long = filters.filter((_, at) => here[at] === undefined);
      const spentHere = here.reduce((sum, one) => sum + (one?.steps ?? 0), 0);
      const there = long.length === 0 ? undefined : await thread.judge(envelope, long, steps - spentHere);
      return { judgements: inOrder(here, there?.judgements ?? []), steps: spentHere + (there?.steps ?? 0) };
    },
  };
}

/** Undefined where a filter takes longer than it may here. */
async function judgeHere(envelope: string, filters: readonly string[]): Promise<(Counted | undefined)[]> {
  const value = readJson(envelope);
  const judged: (Counted | undefined)[] = [];
  let sinceTurn = 0;
  for (const filter of filters) {
    const one = judgeShortly(filter, value);
    judged.push(one);
    sinceTurn += one?.steps ?? STEPS_HERE;
    if (sinceTurn > TURN_STEPS) {
      sinceTurn = 0;
      await nextTurn();
    }
  }
  return judged;
}

function judgeShortly(filter: string, value: Value): Counted | undefined {
  try {
    return judge(filter, value, STEPS_HERE);
  } catch (fault) {
    if (fault instanceof Stopped) return undefined;
    throw fault;
  }
}

/** Up to the first that neither thread has judged. */
function inOrder(here: readonly (Counted | undefined)[], there: readonly Judgement[]): Judgement[] {
  const judgements: Judgement[] = [];
  const rest = there.values();
  for (const one of here) {
    if (one === undefined) {
      const { value, done } = rest.next();
      if (done) break;
      judgements.push(value);
    } else {
      const { steps: _, ...judgement } = one;
      judgements.push(judgement);
    }
  }
  return judgements;
}
