import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FilterEngine, Judgement } from '../../core/subscriptions/filter.ts';
import { mistakesIn } from './check.ts';
import { NotAnExpression } from './faults.ts';
import { judge } from './judge.ts';
import { parsed } from './parsed.ts';
import { readJson } from './read-json.ts';
import { sampleEnvelope } from './sample.ts';
import { partsOf, type Tree } from './tree.ts';

/**
 * Content filters: JMESPath, by a parser of ours and an evaluation that counts what it does (ADR 036). They are
 * evaluated in this thread, in which others have their turn meanwhile.
 */
export const jmespathFilters: FilterEngine = {
  check,
  async judge(envelope, filters, steps) {
    const value = readJson(envelope);
    const judgements: Judgement[] = [];
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

/** A millisecond or two: who evaluates gives others their turn after as many. */
export const TURN_STEPS = 50_000;

/** What is wrong with an expression: by its text, and by an envelope that gives it something to do. */
export function check(expression: string): string | undefined {
  const tree = parsed(expression);
  if (tree instanceof NotAnExpression) return `Not a JMESPath expression: ${tree.message}.`;
  const [mistake] = mistakesIn(tree);
  if (mistake !== undefined) return `This can never hold: ${mistake}.`;
  if (isConstant(tree) && judge(expression, null).verdict !== 'holds') return 'This holds for no event at all.';
  const sample = readJson(sampleEnvelope(tree));
  if (judge(expression, sample).verdict !== 'undecided') return undefined;
  return 'This takes too many steps: it builds far more than it is given. Ask for less at once.';
}

/** Whether an expression looks at nothing of the event. */
function isConstant(tree: Tree): boolean {
  return tree.kind !== 'current' && tree.kind !== 'field' && partsOf(tree).every(isConstant);
}
