/**
 * Metric math, as far as our alarms use it: + - * /, comparisons, IF, FILL and SERVICE_QUOTA. Source: CloudWatch user
 * guide, "Using metric math", "Metric math syntax and functions":
 *
 * - in arithmetic and comparisons of two series, a missing point counts as 0 if the other one is there;
 * - a point that would divide by zero is dropped;
 * - IF has 0 where its condition holds and its second argument has no point, and none where the condition has none.
 */

/** The points of consecutive periods, oldest first; undefined where there is none. */
export type Series = readonly (number | undefined)[];

/** A series, or a number, which has no points of its own. */
type Value = Series | number;

interface Around {
  /** How many points. */
  readonly length: number;
  readonly quota: number;
}

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number | boolean>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '==': (a, b) => a === b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
};
/** From the weakest to the strongest. */
const LEVELS = [
  ['>=', '<=', '==', '>', '<'],
  ['+', '-'],
  ['*', '/'],
];

/** @throws Error at anything that this does not know. */
export function evaluate(expression: string, named: Readonly<Record<string, Series>>, around: Around): Series {
  const value = new Reader(expression, named, around).read();
  if (typeof value === 'number') throw new Error(`A number is no series: ${expression}`);
  return value;
}

class Reader {
  readonly #expression: string;
  readonly #named: Readonly<Record<string, Series>>;
  readonly #around: Around;
  readonly #tokens: string[];
  #at = 0;

  constructor(expression: string, named: Readonly<Record<string, Series>>, around: Around) {
    this.#expression = expression;
    this.#named = named;
    this.#around = around;
    this.#tokens = expression.match(/\d+(?:\.\d+)?|[A-Za-z_]\w*|>=|<=|==|[-+*/<>(),]/g) ?? [];
    if (this.#tokens.join('') !== expression.replaceAll(/\s/g, '')) throw new Error(`Not metric math: ${expression}`);
  }

  read(): Value {
    const value = this.#level(0);
    if (this.#at < this.#tokens.length) this.#fail();
    return value;
  }

  #level(level: number): Value {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#operand();
    let left = this.#level(level + 1);
    while (operators.includes(this.#tokens[this.#at] ?? '')) {
      left = this.#pairwise(this.#take(), left, this.#level(level + 1));
    }
    return left;
  }

  #operand(): Value {
    const token = this.#take();
    if (/^\d/.test(token)) return Number(token);
    if (token === '(') {
      const value = this.#level(0);
      if (this.#take() !== ')') this.#fail();
      return value;
    }
    if (this.#tokens[this.#at] === '(') return this.#call(token);
    return this.#named[token] ?? this.#fail();
  }

  #call(name: string): Value {
    const values: Value[] = [];
    do {
      this.#take();
      values.push(this.#level(0));
    } while (this.#tokens[this.#at] === ',');
    if (this.#take() !== ')') this.#fail();
    const [first = 0, second = 0, third = 0] = values;
    return Array.from({ length: this.#around.length }, (_, i) => {
      const at = (value: Value) => (typeof value === 'number' ? value : value[i]);
      if (name === 'FILL') return at(first) ?? at(second);
      if (name === 'SERVICE_QUOTA') return at(first) === undefined ? undefined : this.#around.quota;
      if (name !== 'IF') return this.#fail();
      const condition = at(first);
      if (condition === undefined) return undefined;
      return condition === 0 ? at(third) : (at(second) ?? 0);
    });
  }

  #pairwise(operator: string, left: Value, right: Value): Value {
    if (typeof left === 'number' && typeof right === 'number') return Number(OPERATORS[operator]?.(left, right));
    return Array.from({ length: this.#around.length }, (_, i) => {
      const [a, b] = [left, right].map((value) => (typeof value === 'number' ? undefined : value[i]));
      if (a === undefined && b === undefined) return undefined;
      const of = (value: Value, point: number | undefined) => (typeof value === 'number' ? value : (point ?? 0));
      const result = Number(OPERATORS[operator]?.(of(left, a), of(right, b)));
      return Number.isFinite(result) ? result : undefined;
    });
  }

  #take(): string {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    return token ?? this.#fail();
  }

  #fail(): never {
    throw new Error(`Not understood at ${this.#tokens.slice(this.#at - 1).join(' ')} of: ${this.#expression}`);
  }
}
