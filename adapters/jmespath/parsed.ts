import { BoundedMap } from '../../core/cache.ts';
import { NotAnExpression } from './faults.ts';
import { parse } from './parse.ts';
import type { Tree } from './tree.ts';

/**
 * Total characters of cached expressions, more than a page of endpoints has: their trees take some hundred times as
 * many bytes.
 */
const CACHE_CHARACTERS_MAX = 512 * 1024;
const cache = new BoundedMap<Tree | NotAnExpression>({
  entriesMax: Number.POSITIVE_INFINITY,
  weightMax: CACHE_CHARACTERS_MAX,
  weigh: (_, expression) => expression.length,
});

/** Parses an expression, or returns why it is not one. The result is cached. */
export function parsed(expression: string): Tree | NotAnExpression {
  const cached = cache.get(expression);
  if (cached !== undefined) return cached;
  const tree = treeOrFault(expression);
  cache.set(expression, tree);
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
