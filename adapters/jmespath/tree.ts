import type { Value } from './value.ts';

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** The syntax tree of an expression. In the order of JMESPath's grammar. */
export type Tree =
  | { kind: 'current' }
  | { kind: 'literal'; value: Value }
  | { kind: 'field'; name: string }
  | { kind: 'index'; at: number }
  | { kind: 'slice'; start: number | null; stop: number | null; step: number }
  /** `a.b`, `a[0]` and `a | b`: the second applies to the result of the first. */
  | { kind: 'chain'; first: Tree; second: Tree }
  /** `a[*].b`: the second for each element of the first; nulls are dropped. */
  | { kind: 'each'; of: Tree; pick: Tree }
  /** `a.*.b` */
  | { kind: 'each_member'; of: Tree; pick: Tree }
  /** `a[?c].b` */
  | { kind: 'where'; of: Tree; holds: Tree; pick: Tree }
  /** `a[]`: nested lists are flattened by one level. */
  | { kind: 'flat'; of: Tree }
  | { kind: 'list'; items: readonly Tree[] }
  | { kind: 'members'; entries: readonly { name: string; value: Tree }[] }
  | { kind: 'and' | 'or'; left: Tree; right: Tree }
  | { kind: 'not'; of: Tree }
  | { kind: 'compare'; by: Comparison; left: Tree; right: Tree }
  | { kind: 'call'; name: string; args: readonly Tree[] }
  /** `&a`: an expression that a function applies to each element. */
  | { kind: 'expression'; of: Tree };

/** The direct subtrees. */
export function partsOf(tree: Tree): readonly Tree[] {
  switch (tree.kind) {
    case 'current':
    case 'literal':
    case 'field':
    case 'index':
    case 'slice':
      return [];
    case 'chain':
      return [tree.first, tree.second];
    case 'each':
    case 'each_member':
      return [tree.of, tree.pick];
    case 'where':
      return [tree.of, tree.holds, tree.pick];
    case 'flat':
    case 'not':
    case 'expression':
      return [tree.of];
    case 'list':
      return tree.items;
    case 'members':
      return tree.entries.map(({ value }) => value);
    case 'and':
    case 'or':
    case 'compare':
      return [tree.left, tree.right];
    case 'call':
      return tree.args;
  }
}
