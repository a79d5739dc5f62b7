import { NotAnExpression } from './faults.ts';
import { parse } from './parse.ts';
import type { Tree } from './tree.ts';

/** Characters of all expressions that are kept parsed, more than those of a page of endpoints: their trees take some hundred times as many bytes. */
const KEPT_CHARACTERS_MAX = 512 * 1024;
const kept = new Map<string, Tree | NotAnExpression>();
let keptCharacters = 0;

/** An expression taken apart, or why it cannot be. It is remembered. */
export function parsed(expression: string): Tree | NotAnExpression {
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
