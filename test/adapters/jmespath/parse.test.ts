import { compile } from '@jmespath-community/jmespath';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../adapters/jmespath/parse.ts';
import type { Comparison, Tree } from '../../../adapters/jmespath/tree.ts';

type Node = ReturnType<typeof compile>;

const COMPARISONS = { EQ: '==', NE: '!=', LT: '<', LTE: '<=', GT: '>', GTE: '>=' } as const satisfies Record<
  string,
  Comparison
>;

/** A tree of the community's parser in our form. Its additions to JMESPath are not expressions here. */
function treeOf(node: Node): Tree {
  switch (node.type) {
    case 'Identity':
    case 'Current':
      return { kind: 'current' };
    case 'Literal':
      return { kind: 'literal', value: Number(node.value) };
    case 'Field':
      return { kind: 'field', name: node.name };
    case 'Index':
      return { kind: 'index', at: node.value };
    case 'Slice':
      if (node.step === 0) throw new Error('refused at the first evaluation');
      return { kind: 'slice', start: node.start, stop: node.stop, step: node.step ?? 1 };
    case 'Subexpression':
    case 'IndexExpression':
    case 'Pipe':
      return { kind: 'chain', first: treeOf(node.left), second: treeOf(node.right) };
    case 'Projection':
      return { kind: 'each', of: treeOf(node.left), pick: treeOf(node.right) };
    case 'ValueProjection':
      return { kind: 'each_member', of: treeOf(node.left), pick: treeOf(node.right) };
    case 'FilterProjection':
      return { kind: 'where', of: treeOf(node.left), holds: treeOf(node.condition), pick: treeOf(node.right) };
    case 'Flatten':
      return { kind: 'flat', of: treeOf(node.child) };
    case 'MultiSelectList':
      return { kind: 'list', items: node.children.map(treeOf) };
    case 'MultiSelectHash':
      return { kind: 'members', entries: node.children.map(({ name, value }) => ({ name, value: treeOf(value) })) };
    case 'AndExpression':
      return { kind: 'and', left: treeOf(node.left), right: treeOf(node.right) };
    case 'OrExpression':
      return { kind: 'or', left: treeOf(node.left), right: treeOf(node.right) };
    case 'NotExpression':
      return { kind: 'not', of: treeOf(node.child) };
    case 'Comparator':
      return { kind: 'compare', by: COMPARISONS[node.name], left: treeOf(node.left), right: treeOf(node.right) };
    case 'Function':
      return { kind: 'call', name: node.name, args: node.children.map(treeOf) };
    case 'ExpressionReference':
      return { kind: 'expression', of: treeOf(node.child) };
    default:
      throw new Error(`${node.type} is no part of JMESPath`);
  }
}

function outcome(read: () => Tree): Tree | 'refused' {
  try {
    return read();
  } catch {
    return 'refused';
  }
}

const PIECES =
  'a b foo "x" "y z" `1` `2` 0 1 -1 . . [ ] [ ] [? [] [*] * { } ( ) , : @ & | || && == != < >= ! ! f( ) [0] [1:] [::2] .* .a'.split(
    ' ',
  );

describe('an expression', () => {
  it("is parsed as by the community's parser, whatever it contains", () => {
    const pieces = fc.array(fc.constantFrom(...PIECES, ' '), { minLength: 1, maxLength: 12 });
    let taken = 0;
    fc.assert(
      fc.property(pieces, (parts) => {
        const expression = parts.join('');
        const ours = outcome(() => parse(expression));
        const theirs = outcome(() => treeOf(compile(expression)));
        if (ours !== 'refused') taken += 1;
        // That parser allows omitting the commas of a list; the grammar and the first implementation do not.
        else if (JSON.stringify(theirs).includes('"kind":"list"')) return;
        expect(ours).toEqual(theirs);
      }),
      { numRuns: 20_000, seed: 20_261_126 },
    );
    expect(taken).toBeGreaterThan(500);
  });
});
