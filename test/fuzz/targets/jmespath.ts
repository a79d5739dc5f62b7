import type { Chance } from '../../simulation/engine/chance.ts';

const OF_ONE_VALUE = [
  ...['abs', 'avg', 'ceil', 'floor', 'keys', 'length', 'max', 'min', 'not_null', 'reverse', 'sort', 'sum', 'to_array'],
  ...['to_number', 'to_string', 'type', 'values', 'merge'],
];
const OF_TWO_VALUES = ['contains', 'ends_with', 'join', 'merge', 'not_null', 'starts_with'];
const BY_EXPRESSION = ['max_by', 'min_by', 'sort_by'];
/** What the language calls a function. */
export const FUNCTIONS = [...new Set([...OF_ONE_VALUE, ...OF_TWO_VALUES, ...BY_EXPRESSION, 'map'])];

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];
const LITERALS = [
  ...[
    '`0`',
    '`1.5`',
    '`-1`',
    '`1e400`',
    '`9007199254740993`',
    '`true`',
    '`null`',
    '`""`',
    '`[]`',
    '`{}`',
    '`[3, 1, 2]`',
  ],
  ...['`["b", "a"]`', '`[{"a": 2}, {"a": 1}]`', '`{"a": {"b": 1}}`', "'a'", "'b c'", "''", "'😀'"],
];
const SLICES = ['[0]', '[-1]', '[1:]', '[::-1]', '[:2]', '[*]', '[]', '.*', '[?@]', '[99999999999]'];

/** An expression of JMESPath that can be parsed, over the names given; seldom one that makes sense. */
export function expression(chance: Chance, names: readonly string[], depth = 4): string {
  if (depth <= 0) return chance.pick(chance.happens(0.6) ? names : [...LITERALS, '@']);
  const inner = () => expression(chance, names, depth - chance.whole(1, 2));
  const forms: (() => string)[] = [
    () => chance.pick(names),
    () => `${chance.pick(OF_ONE_VALUE)}(${inner()})`,
    () => `${chance.pick(OF_ONE_VALUE)}(${chance.pick(names)})`,
    () => `${chance.pick(OF_TWO_VALUES)}(${inner()}, ${inner()})`,
    () => `${chance.pick(BY_EXPRESSION)}(${inner()}, &${inner()})`,
    () => `map(&${inner()}, ${inner()})`,
    () => `${inner()}${chance.pick(SLICES)}`,
    () => `${inner()}.${chance.pick(names)}`,
    () => `${inner()}[?${inner()}]`,
    () => `[${inner()}, ${inner()}]`,
    () => `{a: ${inner()}, b: ${inner()}}`,
    () => `!${inner()}`,
    () => `(${inner()})`,
    () => `${inner()} | ${inner()}`,
    () => `${inner()} ${chance.pick(['&&', '||'])} ${inner()}`,
    () => `${inner()} ${chance.pick(COMPARISONS)} ${inner()}`,
  ];
  return chance.pick(forms)();
}
