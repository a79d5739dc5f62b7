import type { Evaluation, FilterResult } from '../../core/subscriptions/filter.ts';
import { evaluate } from './evaluate.ts';
import { BoundExceeded, NotAnExpression, Stopped, TypeFault } from './faults.ts';
import { Meter } from './meter.ts';
import { parsed } from './parsed.ts';
import { isTrue, type Value } from './value.ts';

export type Counted = FilterResult & { steps: number };

/**
 * Evaluates one filter on an envelope.
 * @param stopAfter maximum steps; @throws Stopped when it needs more.
 */
export function judge(filter: string, envelope: Value, stopAfter?: number): Counted {
  const tree = parsed(filter);
  // Saved before such mistakes were checked.
  if (tree instanceof NotAnExpression) return { verdict: 'error', reason: tree.message, steps: 1 };
  const meter = new Meter(envelope, stopAfter);
  try {
    const verdict = isTrue(evaluate(tree, envelope, meter)) ? 'match' : 'no_match';
    return { verdict, steps: meter.steps };
  } catch (fault) {
    if (fault instanceof Stopped) throw fault;
    return { ...failed(fault), steps: meter.steps };
  }
}

function failed(fault: unknown): FilterResult {
  if (fault instanceof TypeFault) return { verdict: 'error', reason: fault.message };
  if (fault instanceof BoundExceeded) return { verdict: 'undecided' };
  return { verdict: 'undecided', fault: fault instanceof Error ? `${fault.name}: ${fault.message}` : 'unknown' };
}

/** Evaluates filters one after another until the steps are spent. */
export function judgeAll(filters: readonly string[], envelope: Value, steps: number): Evaluation {
  const judgements: FilterResult[] = [];
  let spent = 0;
  for (const filter of filters) {
    if (spent >= steps && judgements.length > 0) break;
    const { steps: took, ...judgement } = judge(filter, envelope);
    judgements.push(judgement);
    spent += took;
  }
  return { judgements, steps: spent };
}
