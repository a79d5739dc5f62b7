/** Whether an event matches. */
export type Matcher = (event: Readonly<Record<string, unknown>>) => boolean;

type ValueMatcher = (value: unknown) => boolean;

/**
 * Compiles a rule's pattern: equality, `prefix`, `exists` and `anything-but` (of plain values), nested by field.
 * @throws Error for every other EventBridge filter: a partly understood pattern would deliver the wrong events.
 */
export function compilePattern(pattern: Readonly<Record<string, unknown>>): Matcher {
  const fields = Object.entries(pattern).map(([field, condition]): Matcher => {
    if (field.startsWith('$')) throw new Error(`The event pattern uses ${field}, which is not supported locally.`);
    if (Array.isArray(condition)) return fieldMatcher(field, condition);
    if (!isRecord(condition)) throw new Error(`The event pattern's ${field} must be a list or an object.`);
    const nested = compilePattern(condition);
    return (event) => nested(isRecord(event[field]) ? event[field] : {});
  });
  return (event) => fields.every((matches) => matches(event));
}

function fieldMatcher(field: string, alternatives: readonly unknown[]): Matcher {
  if (alternatives.length === 0) throw new Error(`The event pattern's ${field} lists nothing.`);
  const matchers = alternatives.map((alternative) => valueMatcher(field, alternative));
  // An array in the event matches when one of its elements does.
  return (event) => {
    const value = event[field];
    const candidates: readonly unknown[] = Array.isArray(value) ? value : [value];
    return matchers.some((matches) => candidates.some(matches));
  };
}

function valueMatcher(field: string, alternative: unknown): ValueMatcher {
  if (!isRecord(alternative)) return (value) => value === alternative;
  const [[name, argument] = ['nothing', undefined], ...others] = Object.entries(alternative);
  if (others.length === 0 && name === 'prefix' && typeof argument === 'string') {
    return (value) => typeof value === 'string' && value.startsWith(argument);
  }
  if (others.length === 0 && name === 'exists' && typeof argument === 'boolean') {
    return (value) => (value !== undefined) === argument;
  }
  if (others.length === 0 && name === 'anything-but') {
    const excluded: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
    if (!excluded.some(isRecord)) return (value) => value !== undefined && !excluded.includes(value);
  }
  throw new Error(`The event pattern's ${field} uses ${JSON.stringify(alternative)}, which is not supported locally.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
