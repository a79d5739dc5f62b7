import { compile } from '@jmespath-community/jmespath';
import { readJson } from './read-json.ts';
import type { Comparison, Tree } from './tree.ts';
import type { Value } from './value.ts';

/** An expression that is not JMESPath. The message says why, in a sentence without its full stop. */
export class NotAnExpression extends Error {
  override name = 'NotAnExpression';
}

/** More than 200 alternatives or steps in a row: deeper ones only serve to overflow a stack. */
const DEPTH_MAX = 500;

/**
 * Parses an expression, by the parser of the JMESPath community. That one reads literals by `JSON.parse`, which rounds
 * long numbers, and raw strings by rules of its own; so we read them ourselves and show it only where they stand.
 * @throws NotAnExpression
 */
export function parse(expression: string): Tree {
  const literals: Value[] = [];
  const text = expression.replace(QUOTED, (quoted) => {
    if (quoted.startsWith('"')) return quoted;
    literals.push(quoted.startsWith("'") ? rawString(quoted) : jsonLiteral(quoted));
    return `\`${literals.length - 1}\``;
  });
  try {
    return treeOf(compile(text), literals, 0);
  } catch (fault) {
    if (fault instanceof NotAnExpression) throw fault;
    throw new NotAnExpression(reasonOf(fault));
  }
}

/** Names in double quotes, raw strings, and JSON literals; each may hold the signs of the others. */
const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/gs;

/** Only the quotation mark is escaped; another backslash stands for itself. */
const rawString = (quoted: string) => quoted.slice(1, -1).replaceAll("\\'", "'");

function jsonLiteral(quoted: string): Value {
  const text = quoted.slice(1, -1).replaceAll('\\`', '`');
  try {
    JSON.parse(text);
  } catch {
    throw new NotAnExpression(`${shortened(quoted)} holds no JSON: write text as 'text', and numbers as \`1\``);
  }
  return readJson(text);
}

const REASON_MAX = 160;
const shortened = (text: string) => (text.length > REASON_MAX ? `${text.slice(0, REASON_MAX)}…` : text);

/** The parser names its tokens; of a literal it has seen our number only. */
function reasonOf(fault: unknown): string {
  const message = fault instanceof Error ? fault.message : 'it cannot be parsed';
  if (/\(EOF\)|got: EOF/.test(message)) return 'it ends too early';
  if (/unknown character/.test(message)) return 'it holds a character that belongs into "quotation marks"';
  const reason = message.replace(/^Syntax error: /i, '').replace(/Literal, value: \d+/, 'a literal');
  return shortened(reason.replace(/\(Literal\): "\d+"/, 'a literal'));
}

type Node = ReturnType<typeof compile>;

const COMPARISONS = { EQ: '==', NE: '!=', LT: '<', LTE: '<=', GT: '>', GTE: '>=' } as const satisfies Record<
  string,
  Comparison
>;

/** What the community has added to JMESPath, and other implementations do not know. */
const ADDED = {
  Root: '$',
  Arithmetic: 'arithmetic',
  Unary: 'arithmetic',
  LetExpression: '"let"',
  Binding: '"let"',
  Variable: 'a variable',
  Ternary: '"? :"',
} as const;

function treeOf(node: Node, literals: readonly Value[], depth: number): Tree {
  if (depth > DEPTH_MAX) throw new NotAnExpression(`it is nested more than ${DEPTH_MAX} levels deep`);
  const of = (part: Node) => treeOf(part, literals, depth + 1);
  switch (node.type) {
    case 'Identity':
    case 'Current':
      return { kind: 'current' };
    case 'Literal':
      return { kind: 'literal', value: literals[Number(node.value)] ?? null };
    case 'Field':
      return { kind: 'field', name: node.name };
    case 'Index':
      return { kind: 'index', at: node.value };
    case 'Slice':
      if (node.step === 0) throw new NotAnExpression('a slice has the step 0');
      return { kind: 'slice', start: node.start, stop: node.stop, step: node.step ?? 1 };
    case 'Subexpression':
    case 'IndexExpression':
    case 'Pipe':
      return { kind: 'chain', first: of(node.left), second: of(node.right) };
    case 'Projection':
      return { kind: 'each', of: of(node.left), pick: of(node.right) };
    case 'ValueProjection':
      return { kind: 'each_member', of: of(node.left), pick: of(node.right) };
    case 'FilterProjection':
      return { kind: 'where', of: of(node.left), holds: of(node.condition), pick: of(node.right) };
    case 'Flatten':
      return { kind: 'flat', of: of(node.child) };
    case 'MultiSelectList':
      return { kind: 'list', items: node.children.map(of) };
    case 'MultiSelectHash':
      return { kind: 'members', entries: node.children.map(({ name, value }) => ({ name, value: of(value) })) };
    case 'AndExpression':
      return { kind: 'and', left: of(node.left), right: of(node.right) };
    case 'OrExpression':
      return { kind: 'or', left: of(node.left), right: of(node.right) };
    case 'NotExpression':
      return { kind: 'not', of: of(node.child) };
    case 'Comparator':
      return { kind: 'compare', by: COMPARISONS[node.name], left: of(node.left), right: of(node.right) };
    case 'Function':
      return { kind: 'call', name: node.name, args: node.children.map(of) };
    case 'ExpressionReference':
      return { kind: 'expression', of: of(node.child) };
    default:
      throw new NotAnExpression(`${ADDED[node.type]} is no part of JMESPath`);
  }
}
