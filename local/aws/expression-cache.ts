/** What dynalite gives an expression parser, which removes from the unused names and values those that it finds. */
interface ParseContext {
  readonly attrNames?: Readonly<Record<string, string>>;
  readonly attrVals?: Readonly<Record<string, object>>;
  readonly unusedAttrNames: Record<string, unknown>;
  readonly unusedAttrVals: Record<string, unknown>;
}

/** One of dynalite's expression parsers. What it returns is a text if the expression is wrong. */
export interface ExpressionParser {
  parse(text: string, options: { readonly context: ParseContext }): unknown;
}

interface Known {
  /** What the parser returned, with a marker in the place of each value. */
  readonly parsed: unknown;
  readonly markers: ReadonlyMap<string, object>;
  readonly usedNames: readonly string[];
  readonly usedValues: readonly string[];
}

const KNOWN_MAX = 1000;

/** These look at values. All others look only at their types. */
const readsValues = /between|attribute_type/i;

/**
 * Lets a parser remember what it has parsed: parsing took a tenth of the CPU of the local AWS, and callers have few expressions.
 * @throws Error if it is not a parser, as in another version of dynalite.
 */
export function rememberExpressions(parser: ExpressionParser): void {
  const parse = parser.parse;
  if (typeof parse !== 'function') throw new Error('This version of dynalite has other expression parsers.');
  const known = new Map<string, Known>();
  parser.parse = (text, options) => {
    if (readsValues.test(text)) return parse(text, options);
    const { context } = options;
    const key = keyOf(text, context);
    const before = known.get(key);
    if (before !== undefined) return parsedAgain(before, context);
    const own = { ...context, unusedAttrNames: { ...context.attrNames }, unusedAttrVals: { ...context.attrVals } };
    const parsed = parse(text, { ...options, context: own });
    const found = knownOf(parsed, own);
    markUsed(found, context);
    if (typeof parsed === 'string') return parsed;
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(key, found);
    return parsed;
  };
}

function keyOf(text: string, { attrNames, attrVals = {} }: ParseContext): string {
  const types = Object.entries(attrVals).map(([name, value]) => [name, ...Object.keys(value)]);
  return JSON.stringify([text, attrNames, types]);
}

function knownOf(parsed: unknown, context: ParseContext): Known {
  const { attrNames = {}, attrVals = {}, unusedAttrNames, unusedAttrVals } = context;
  const markers = new Map(Object.keys(attrVals).map((name) => [name, {}]));
  return {
    parsed: copy(parsed, new Map(Object.entries(attrVals).map(([name, value]) => [value, markers.get(name)]))),
    markers,
    usedNames: Object.keys(attrNames).filter((name) => !(name in unusedAttrNames)),
    usedValues: Object.keys(attrVals).filter((name) => !(name in unusedAttrVals)),
  };
}

/** A copy of its own: dynalite changes what it has parsed. */
function parsedAgain(known: Known, context: ParseContext): unknown {
  markUsed(known, context);
  return copy(known.parsed, new Map([...known.markers].map(([name, marker]) => [marker, context.attrVals?.[name]])));
}

function markUsed({ usedNames, usedValues }: Known, { unusedAttrNames, unusedAttrVals }: ParseContext): void {
  for (const name of usedNames) delete unusedAttrNames[name];
  for (const name of usedValues) delete unusedAttrVals[name];
}

/** A deep copy with some of the objects replaced by others, which are not copied. */
function copy(node: unknown, replaced: ReadonlyMap<unknown, unknown>): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (replaced.has(node)) return replaced.get(node);
  if (Array.isArray(node)) return node.map((each) => copy(each, replaced));
  // dynalite gives objects with names from outside no prototype.
  const copied = Object.create(Object.getPrototypeOf(node));
  for (const [key, value] of Object.entries(node)) copied[key] = copy(value, replaced);
  return copied;
}
