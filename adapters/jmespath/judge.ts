import type { Judged, Judgement } from '../../core/subscriptions/filter.ts';
import { evaluate } from './evaluate.ts';
import { BoundExceeded, NotAnExpression, Stopped, TypeFault } from './faults.ts';
import { Meter } from './meter.ts';
import { parsed } from './parsed.ts';
import { isTrue, type Value } from './value.ts';

export type Counted = Judgement & { steps: number };

/**
 * Asks one filter of an envelope.
 * @param stopAfter so many steps are taken here and now; @throws Stopped when it needs more.
 */
export function judge(filter: string, envelope: Value, stopAfter?: number): Counted {
  const tree = parsed(filter);
  // Saved before its mistake was looked for.
  if (tree instanceof NotAnExpression) return { verdict: 'errs', reason: tree.message, steps: 1 };
  const meter = new Meter(envelope, stopAfter);
  try {
    const verdict = isTrue(evaluate(tree, envelope, meter)) ? 'holds' : 'fails';
    return { verdict, steps: meter.steps };
  } catch (fault) {
    if (fault instanceof Stopped) throw fault;
    return { ...failed(fault), steps: meter.steps };
  }
}

function failed(fault: unknown): Judgement {
  if (fault instanceof TypeFault) return { verdict: 'errs', reason: fault.message };
  if (fault instanceof BoundExceeded) return { verdict: 'undecided' };
  return { verdict: 'undecided', fault: fault instanceof Error ? `${fault.name}: ${fault.message}` : 'unknown' };
}

/** Asks filters one after another until so many steps are spent. */
export function judgeAll(filters: readonly string[], envelope: Value, steps: number): Judged {
  const judgements: Judgement[] = [];
  let spent = 0;
  for (const filter of filters) {
    if (spent >= steps && judgements.length > 0) break;
    const { steps: took, ...judgement } = judge(filter, envelope);
    judgements.push(judgement);
    spent += took;
  }
  return { judgements, steps: spent };
}
