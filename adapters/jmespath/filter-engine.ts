import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FilterEngine, FilterResult } from '../../core/subscriptions/filter.ts';
import { mistakesIn } from './check.ts';
import { NotAnExpression } from './faults.ts';
import { judge } from './judge.ts';
import { parsed } from './parsed.ts';
import { readJson } from './read-json.ts';
import { sampleEnvelope } from './sample.ts';
import { partsOf, type Tree } from './tree.ts';

/**
 * Content filters: JMESPath, with a parser of our own and an evaluation that counts its steps (ADR 036). They are
 * evaluated in this thread, which yields to other work meanwhile.
 */
export const jmespathFilters: FilterEngine = {
  check,
  async judge(envelope, filters, steps) {
    const value = readJson(envelope);
    const judgements: FilterResult[] = [];
    let [spent, sinceTurn] = [0, 0];
    for (const filter of filters) {
      if (spent >= steps && judgements.length > 0) break;
      const { steps: took, ...judgement } = judge(filter, value);
      judgements.push(judgement);
      spent += took;
      sinceTurn += took;
      if (sinceTurn > TURN_STEPS) {
        sinceTurn = 0;
        await nextTurn();
      }
    }
    return { judgements, steps: spent };
  },
};

/** Steps after which an evaluation yields to other work: a millisecond or two. */
export const TURN_STEPS = 50_000;

/** What is wrong with an expression: by its text, and by a trial on a sample envelope. */
export function check(expression: string): string | undefined {
  const tree = parsed(expression);
  if (tree instanceof NotAnExpression) return `Not a JMESPath expression: ${tree.message}.`;
  const [mistake] = mistakesIn(tree);
  if (mistake !== undefined) return `This can never match: ${mistake}.`;
  if (isConstant(tree) && judge(expression, null).verdict !== 'match') return 'This never matches any event.';
  const sample = readJson(sampleEnvelope(tree));
  if (judge(expression, sample).verdict !== 'undecided') return undefined;
  return 'This takes too many steps: it builds far more than its input. Simplify it.';
}

/** Whether an expression does not depend on the event. */
function isConstant(tree: Tree): boolean {
  return tree.kind !== 'current' && tree.kind !== 'field' && partsOf(tree).every(isConstant);
}
