import {
  type FunctionName,
  isFunctionName,
  type Parameter,
  parameterAt,
  signatureOf,
  withArticle,
  wordsOf,
  wrongCount,
} from './signatures.ts';
import type { Tree } from './tree.ts';
import { type TypeName, typeOf } from './value.ts';

/** The possible types of an expression, inferred from its text. */
interface Known {
  readonly types: readonly TypeName[];
  /** Set for the envelope itself, whose members are known. */
  readonly isEnvelope?: true;
}

const ANY: Known = { types: ['null', 'boolean', 'number', 'string', 'array', 'object'] };
const of = (...types: TypeName[]): Known => ({ types });

/** The members of an envelope. */
const ENVELOPE: Readonly<Record<string, Known>> = {
  id: of('string'),
  type: of('string'),
  timestamp: of('string'),
  version: of('string', 'null'),
  data: ANY,
  metadata: of('object', 'null'),
  resource_url: of('string', 'null'),
};

/**
 * The mistakes that make an expression useless for every event: a misspelt function, a wrong number or type of
 * arguments, a member of a value without members.
 * @returns sentences without their full stops, in the order of the expression.
 */
export function mistakesIn(tree: Tree): string[] {
  const mistakes: string[] = [];
  infer(tree, { types: ['object'], isEnvelope: true }, (mistake) => mistakes.push(mistake));
  return mistakes;
}

type Report = (mistake: string) => void;

function infer(tree: Tree, current: Known, report: Report): Known {
  const the = (part: Tree, at: Known = current) => infer(part, at, report);
  switch (tree.kind) {
    case 'current':
      return current;
    case 'literal':
      return of(typeOf(tree.value));
    case 'field':
      return fieldOf(tree.name, current, report);
    case 'index':
      return need('array', current, 'an element', report);
    case 'slice':
      need('array', current, 'a slice', report);
      return of('array', 'null');
    case 'chain':
      if (beginningOf(tree).kind !== 'not') return the(tree.second, the(tree.first));
      report(`"!" binds closer than ".": write \`!(${pathOf(tree)})\``);
      return ANY;
    case 'each':
    case 'where':
      return ofEach(tree, the(tree.of), report);
    case 'each_member':
      need('object', the(tree.of), 'the members', report);
      the(tree.pick, ANY);
      return of('array', 'null');
    case 'flat':
      need('array', the(tree.of), 'the elements', report);
      return of('array', 'null');
    case 'list':
      for (const item of tree.items) the(item);
      return of('array', 'null');
    case 'members':
      for (const { value } of tree.entries) the(value);
      return of('object', 'null');
    case 'and':
    case 'or':
      return either(the(tree.left), the(tree.right));
    case 'not':
      the(tree.of);
      return of('boolean');
    case 'compare':
      return compared(tree, the(tree.left), the(tree.right), report);
    case 'call':
      return called(tree, current, report);
    case 'expression':
      report('"&" is only allowed before an argument of map, max_by, min_by and sort_by');
      return ANY;
  }
}

const either = (one: Known, other: Known): Known => of(...new Set([...one.types, ...other.types]));

/** The beginning of a path. */
const beginningOf = (tree: Tree): Tree => (tree.kind === 'chain' ? beginningOf(tree.first) : tree);

/** A path as its owner wrote it, without the "!" before it. */
function pathOf(tree: Tree): string {
  switch (tree.kind) {
    case 'field':
      return quoted(tree.name);
    case 'index':
      return `[${tree.at}]`;
    case 'not':
      return pathOf(tree.of);
    case 'chain':
      return `${pathOf(tree.first)}${tree.second.kind === 'index' ? '' : '.'}${pathOf(tree.second)}`;
    default:
      return '…';
  }
}

function fieldOf(name: string, current: Known, report: Report): Known {
  if (!current.isEnvelope) return need('object', current, `the member ${quoted(name)}`, report);
  const known = Object.hasOwn(ENVELOPE, name) ? ENVELOPE[name] : undefined;
  if (known === undefined) {
    const names = Object.keys(ENVELOPE).join(', ');
    report(`an event has no member ${quoted(name)}, only ${names}: write \`data.${quoted(name)}\` for what you send`);
  }
  return known ?? ANY;
}

/** A name from the owner's expression; a long one is cut. */
const quoted = (name: string) =>
  /^[A-Za-z_]\w{0,63}$/.test(name) ? name : JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);

function need(type: TypeName, given: Known, what: string, report: Report): Known {
  if (!given.types.includes(type)) report(`${wordsFor(given)} never has ${what}`);
  return ANY;
}

function ofEach(tree: Extract<Tree, { kind: 'each' | 'where' }>, elements: Known, report: Report): Known {
  need('array', elements, 'elements', report);
  if (tree.kind === 'where') infer(tree.holds, ANY, report);
  infer(tree.pick, ANY, report);
  return of('array', 'null');
}

const wordsFor = ({ types }: Known) =>
  types.length === ANY.types.length ? 'a value' : types.map(withArticle).join(' or ');

const ORDERED: readonly TypeName[] = ['number', 'string'];

function compared({ by }: Extract<Tree, { kind: 'compare' }>, left: Known, right: Known, report: Report): Known {
  const common = left.types.filter((type) => right.types.includes(type));
  if (by === '==' || by === '!=') {
    if (by === '==' && common.length === 0) report(`${wordsFor(left)} never equals ${wordsFor(right)}`);
    return of('boolean');
  }
  if (!common.some((type) => ORDERED.includes(type))) {
    report(`"${by}" orders two numbers or two strings, never ${wordsFor(left)} and ${wordsFor(right)}`);
  }
  return of('boolean', 'null');
}

function called({ name, args }: Extract<Tree, { kind: 'call' }>, current: Known, report: Report): Known {
  if (!isFunctionName(name)) {
    report(`there is no function ${name}()`);
    for (const arg of args) infer(arg, ANY, () => undefined);
    return ANY;
  }
  const wrong = wrongCount(name, args.length);
  if (wrong !== undefined) report(wrong);
  for (const [at, arg] of args.entries()) checkArgument(name, parameterAt(signatureOf(name), at), arg, current, report);
  return { types: signatureOf(name).gives };
}

function checkArgument(
  name: FunctionName,
  parameter: Parameter | undefined,
  arg: Tree,
  current: Known,
  report: Report,
): void {
  if (arg.kind === 'expression') {
    infer(arg.of, ANY, report);
    if (parameter !== undefined && parameter !== 'expression') report(notTaken(name, parameter, 'an expression'));
    return;
  }
  const given = infer(arg, current, report);
  if (parameter === undefined) return;
  const taken = parameter === 'expression' ? [] : typeof parameter === 'string' ? (['array'] as const) : parameter;
  if (!given.types.some((type) => taken.some((one) => one === type))) {
    report(notTaken(name, parameter, wordsFor(given)));
  }
}

const notTaken = (name: FunctionName, parameter: Parameter, given: string) =>
  `${name}() takes ${wordsOf(parameter)}, never ${given}`;
