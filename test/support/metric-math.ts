/**
 * Metric math, as far as our alarms use it: + - * /, comparisons, IF, FILL, SUM, MIN, MAX and SERVICE_QUOTA. Source:
 * CloudWatch user guide, "Using metric math", "Metric math syntax and functions". A calculation with a missing point has
 * no point; FILL fills it; of an array, what is there counts; a division by zero has no point.
 */

/** The points of consecutive periods, oldest first; undefined where there is none. */
export type Series = readonly (number | undefined)[];

interface Around {
  /** How many points. */
  readonly length: number;
  readonly quota: number;
}

/** @throws Error at anything that this does not know. */
export function evaluate(expression: string, named: Readonly<Record<string, Series>>, around: Around): Series {
  const tokens = expression.match(/\d+(?:\.\d+)?|[A-Za-z_]\w*|>=|<=|==|[-+*/<>()[\],]/g) ?? [];
  if (tokens.join('') !== expression.replaceAll(/\s/g, '')) throw new Error(`Not metric math: ${expression}`);
  let at = 0;
  const peek = () => tokens[at];
  const take = (wanted?: string): string => {
    const token = tokens[at];
    if (token === undefined || (wanted !== undefined && token !== wanted)) {
      throw new Error(`Expected ${wanted ?? 'more'} at ${token ?? 'the end'} of: ${expression}`);
    }
    at += 1;
    return token;
  };
  const constant = (value: number): Series => Array.from({ length: around.length }, () => value);

  function list(end: string): Series[] {
    const found = [whole()];
    while (peek() === ',') {
      take(',');
      found.push(whole());
    }
    take(end);
    return found;
  }
  function operand(): Series {
    const token = take();
    if (token === '(') {
      const inner = whole();
      take(')');
      return inner;
    }
    if (/^\d/.test(token)) return constant(Number(token));
    if (peek() !== '(') {
      const series = named[token];
      if (series === undefined) throw new Error(`No metric is named ${token} in: ${expression}`);
      return series;
    }
    take('(');
    return call(token);
  }
  function call(name: string): Series {
    if (name === 'SUM' || name === 'MIN' || name === 'MAX') {
      take('[');
      const parts = list(']');
      take(')');
      return constant(0).map((_, i) =>
        together(
          name,
          parts.map((part) => part[i]),
        ),
      );
    }
    const [first = [], second = [], third = []] = list(')');
    if (name === 'FILL') return first.map((value, i) => value ?? second[i]);
    if (name === 'SERVICE_QUOTA') return first.map((value) => value && around.quota);
    if (name === 'IF') return first.map((test, i) => (test === undefined ? undefined : test ? second[i] : third[i]));
    throw new Error(`Unknown function ${name} in: ${expression}`);
  }
  function product(): Series {
    let left = operand();
    while (peek() === '*' || peek() === '/') left = pairwise(take(), left, operand());
    return left;
  }
  function total(): Series {
    let left = product();
    while (peek() === '+' || peek() === '-') left = pairwise(take(), left, product());
    return left;
  }
  function whole(): Series {
    const left = total();
    return /^(?:>=|<=|==|>|<)$/.test(peek() ?? '') ? pairwise(take(), left, total()) : left;
  }

  const result = whole();
  if (at < tokens.length) throw new Error(`Not understood after ${tokens.slice(0, at).join(' ')}: ${expression}`);
  return result;
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

function pairwise(operator: string, left: Series, right: Series): Series {
  return left.map((a, i) => {
    const b = right[i];
    if (a === undefined || b === undefined) return undefined;
    const value = Number(OPERATORS[operator]?.(a, b));
    return Number.isFinite(value) ? value : undefined;
  });
}

function together(how: 'SUM' | 'MIN' | 'MAX', values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  if (how === 'SUM') return known.reduce((total, value) => total + value, 0);
  return how === 'MIN' ? Math.min(...known) : Math.max(...known);
}
