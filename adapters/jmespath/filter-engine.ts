import type { FilterEngine, Judgement } from '../../core/filters/filter.ts';
import { mistakesIn } from './check.ts';
import { evaluate } from './evaluate.ts';
import { BoundExceeded, TypeFault } from './faults.ts';
import { Meter } from './meter.ts';
import { NotAnExpression, parse } from './parse.ts';
import { readJson } from './read-json.ts';
import { sampleEnvelope } from './sample.ts';
import { partsOf, type Tree } from './tree.ts';
import { isTrue, type Value } from './value.ts';

/** Content filters: JMESPath by a library's parser and our own evaluation, which counts what it does. ADR 036 says why. */
export const jmespathFilters: FilterEngine = {
  check(expression) {
    const tree = parsed(expression);
    if (tree instanceof NotAnExpression) return `Not a JMESPath expression: ${tree.message}.`;
    const [mistake] = mistakesIn(tree);
    if (mistake !== undefined) return `This can never hold: ${mistake}.`;
    if (isConstant(tree) && judge(expression, null).verdict !== 'holds') return 'This holds for no event at all.';
    const sample = readJson(sampleEnvelope(tree));
    if (judge(expression, sample).verdict !== 'undecided') return undefined;
    return 'This takes too many steps: it builds far more than it is given. Ask for less at once.';
  },

  open(envelope) {
    const value = readJson(envelope);
    return { judge: (filter) => judge(filter, value) };
  },
};

function judge(expression: string, envelope: Value): Judgement & { steps: number } {
  const tree = parsed(expression);
  // Saved before its mistake was looked for.
  if (tree instanceof NotAnExpression) return { verdict: 'errs', reason: tree.message, steps: 1 };
  const meter = new Meter(envelope);
  return { ...judgementOf(tree, envelope, meter), steps: meter.steps };
}

function judgementOf(tree: Tree, envelope: Value, meter: Meter): Judgement {
  try {
    return { verdict: isTrue(evaluate(tree, envelope, meter)) ? 'holds' : 'fails' };
  } catch (fault) {
    if (fault instanceof TypeFault) return { verdict: 'errs', reason: fault.message };
    return fault instanceof BoundExceeded ? { verdict: 'undecided' } : { verdict: 'undecided', fault };
  }
}

/** Whether an expression looks at nothing of the event. */
function isConstant(tree: Tree): boolean {
  return tree.kind !== 'current' && tree.kind !== 'field' && partsOf(tree).every(isConstant);
}

/** Characters of all expressions that are kept parsed: their trees take some hundred times as many bytes. */
const KEPT_CHARACTERS_MAX = 256 * 1024;
const kept = new Map<string, Tree | NotAnExpression>();
let keptCharacters = 0;

function parsed(expression: string): Tree | NotAnExpression {
  const known = kept.get(expression);
  if (known !== undefined) return known;
  if (keptCharacters + expression.length > KEPT_CHARACTERS_MAX) {
    kept.clear();
    keptCharacters = 0;
  }
  const tree = treeOrFault(expression);
  kept.set(expression, tree);
  keptCharacters += expression.length;
  return tree;
}

function treeOrFault(expression: string): Tree | NotAnExpression {
  try {
    return parse(expression);
  } catch (fault) {
    if (fault instanceof NotAnExpression) return fault;
    throw fault;
  }
}
