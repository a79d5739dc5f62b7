import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FilterEngine, FilterResult } from '../../core/subscriptions/filter.ts';
import { Stopped } from './faults.ts';
import { check, TURN_STEPS } from './filter-engine.ts';
import { FilterThread } from './filter-thread.ts';
import { type Counted, judge } from './judge.ts';
import { readJson } from './read-json.ts';
import type { Value } from './value.ts';

/**
 * What a filter may take of the main thread: some tenths of a millisecond. Ordinary filters take a hundredth of that.
 */
const STEPS_HERE = 5_000;
/** A longer envelope is also parsed in the other thread. */
const CHARACTERS_HERE = 128 * 1024;

/**
 * Content filters whose long evaluations run in a separate thread, so that they do not block the other work of the
 * process. The thread starts with the first of them; with only ordinary filters it never starts.
 * @param worker the URL of `worker.ts`, or of its bundle.
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

/** Undefined for a filter that takes longer than allowed here. */
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

/** The judgements in order, up to the first filter that neither thread has judged. */
function inOrder(here: readonly (Counted | undefined)[], there: readonly FilterResult[]): FilterResult[] {
  const judgements: FilterResult[] = [];
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
