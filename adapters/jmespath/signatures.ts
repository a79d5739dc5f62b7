import type { TypeName } from './value.ts';

/** A parameter of a function: values of these types, or an expression that it applies to each element. */
export type Parameter = readonly TypeName[] | 'expression' | 'numbers' | 'texts' | 'numbers or texts';

/** A function's parameters and result. Source: the specification at jmespath.org, built-in functions. */
export interface Signature {
  readonly takes: readonly Parameter[];
  /** Whether the last parameter may be repeated. */
  readonly isOpen?: true;
  readonly gives: readonly TypeName[];
}

const any = ['null', 'boolean', 'number', 'string', 'array', 'object'] as const;
const [list, text, number, object] = [['array'], ['string'], ['number'], ['object']] as const;
const keyed = { takes: [list, 'expression'] } as const;

export const SIGNATURES = {
  abs: { takes: [number], gives: number },
  avg: { takes: ['numbers'], gives: ['number', 'null'] },
  ceil: { takes: [number], gives: number },
  contains: { takes: [['array', 'string'], any], gives: ['boolean'] },
  ends_with: { takes: [text, text], gives: ['boolean'] },
  floor: { takes: [number], gives: number },
  join: { takes: [text, 'texts'], gives: text },
  keys: { takes: [object], gives: list },
  length: { takes: [['string', 'array', 'object']], gives: number },
  map: { takes: ['expression', list], gives: list },
  max: { takes: ['numbers or texts'], gives: ['number', 'string', 'null'] },
  max_by: { ...keyed, gives: any },
  merge: { takes: [object], isOpen: true, gives: object },
  min: { takes: ['numbers or texts'], gives: ['number', 'string', 'null'] },
  min_by: { ...keyed, gives: any },
  not_null: { takes: [any], isOpen: true, gives: any },
  reverse: { takes: [['array', 'string']], gives: ['array', 'string'] },
  sort: { takes: ['numbers or texts'], gives: list },
  sort_by: { ...keyed, gives: list },
  starts_with: { takes: [text, text], gives: ['boolean'] },
  sum: { takes: ['numbers'], gives: number },
  to_array: { takes: [any], gives: list },
  to_number: { takes: [any], gives: ['number', 'null'] },
  to_string: { takes: [any], gives: text },
  type: { takes: [any], gives: text },
  values: { takes: [object], gives: list },
} as const satisfies Record<string, Signature>;

export type FunctionName = keyof typeof SIGNATURES;

/** Whether JMESPath has a function of this name. */
export const isFunctionName = (name: string): name is FunctionName => Object.hasOwn(SIGNATURES, name);

/** The signature of a function. */
export const signatureOf = (name: FunctionName): Signature => SIGNATURES[name];

/** The parameter at a position; undefined if there is none. */
export function parameterAt({ takes, isOpen }: Signature, at: number): Parameter | undefined {
  return isOpen ? takes[Math.min(at, takes.length - 1)] : takes[at];
}

/** The message for a wrong number of arguments; undefined if it is right. */
export function wrongCount(name: FunctionName, count: number): string | undefined {
  const { takes, isOpen } = signatureOf(name);
  if (isOpen ? count >= takes.length : count === takes.length) return undefined;
  const wanted = `${isOpen ? 'at least ' : ''}${takes.length} argument${takes.length === 1 ? '' : 's'}`;
  return `${name}() takes ${wanted}, not ${count}`;
}

/** What a parameter accepts, in words. */
export function wordsOf(parameter: Parameter): string {
  switch (parameter) {
    case 'expression':
      return 'an expression such as &name';
    case 'numbers':
      return 'an array of numbers';
    case 'texts':
      return 'an array of strings';
    case 'numbers or texts':
      return 'an array of numbers or of strings';
    default:
      return parameter.map(withArticle).join(' or ');
  }
}

/** A type's name with its article. */
export function withArticle(type: TypeName): string {
  if (type === 'null') return 'null';
  return type === 'array' || type === 'object' ? `an ${type}` : `a ${type}`;
}
