import { readNumber } from './decimal.ts';
import { isEqual } from './equal.ts';
import { evaluate } from './evaluate.ts';
import { TypeFault } from './faults.ts';
import { includesText } from './find-text.ts';
import { type Meter, STEPS_PER_CONTAINER, STEPS_PER_NAME } from './meter.ts';
import { toDouble } from './order.ts';
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
import { BY_KEY, extreme, sorted } from './sort.ts';
import type { Tree } from './tree.ts';
import { emptyMembers, isMembers, isNumber, type Members, typeOf, type Value } from './value.ts';
import { writeJson } from './write-json.ts';

/** Steps of a call, besides its arguments and its work. */
const CALL_STEPS = 2;

/** Calls a function. @throws TypeFault, BoundExceeded */
export function call({ name, args }: Extract<Tree, { kind: 'call' }>, value: Value, meter: Meter): Value {
  meter.spend(CALL_STEPS + args.length);
  if (!isFunctionName(name)) throw new TypeFault(`there is no function ${name}()`);
  const count = wrongCount(name, args.length);
  if (count !== undefined) throw new TypeFault(count);
  const signature = signatureOf(name);
  const values: Value[] = [];
  let expression: Tree | undefined;
  for (const [at, arg] of args.entries()) {
    const parameter = parameterAt(signature, at) ?? [];
    if ((parameter === 'expression') !== (arg.kind === 'expression')) {
      throw mismatch(name, parameter, arg.kind === 'expression' ? 'an expression' : 'a value');
    }
    if (arg.kind === 'expression') expression = arg.of;
    else values.push(checked(name, parameter, evaluate(arg, value, meter), meter));
  }
  return compute(name, values, expression ?? { kind: 'current' }, meter);
}

function mismatch(name: FunctionName, parameter: Parameter, given: string): TypeFault {
  return new TypeFault(`${name}() takes ${wordsOf(parameter)}, not ${given}`);
}

function checked(name: FunctionName, parameter: Parameter, value: Value, meter: Meter): Value {
  const type = typeOf(value);
  if (typeof parameter !== 'string') {
    if (!parameter.includes(type)) throw mismatch(name, parameter, withArticle(type));
    return value;
  }
  if (!Array.isArray(value)) throw mismatch(name, parameter, withArticle(type));
  meter.spend(value.length);
  const wanted = parameter === 'numbers' ? 'number' : parameter === 'texts' ? 'string' : typeOf(value[0] ?? 0);
  const isMixed = (wanted !== 'number' && wanted !== 'string') || value.some((element) => typeOf(element) !== wanted);
  if (isMixed) throw mismatch(name, parameter, 'one that holds something else');
  return value;
}

function compute(name: FunctionName, values: Value[], expression: Tree, meter: Meter): Value {
  const [first = null, second = null] = values;
  switch (name) {
    case 'abs':
      return ofNumber(first, Math.abs);
    case 'ceil':
      return ofNumber(first, Math.ceil);
    case 'floor':
      return ofNumber(first, Math.floor);
    case 'sum':
      return sum(listOf(first), meter);
    case 'avg':
      return listOf(first).length === 0 ? null : finite(sum(listOf(first), meter) / listOf(first).length);
    case 'length':
      return length(first, meter);
    case 'contains':
      return contains(first, second, meter);
    case 'starts_with':
    case 'ends_with':
      meter.spendText(textOf(second).length);
      return name === 'starts_with' ? textOf(first).startsWith(textOf(second)) : textOf(first).endsWith(textOf(second));
    case 'join':
      return join(textOf(first), listOf(second).map(textOf), meter);
    case 'keys':
      return Object.keys(counted(first, meter));
    case 'values':
      return Object.values(counted(first, meter));
    case 'merge':
      return merge(values, meter);
    case 'map':
      meter.spend(STEPS_PER_CONTAINER + listOf(first).length);
      return listOf(first).map((element) => evaluate(expression, element, meter));
    case 'max':
    case 'min':
      return extreme(listOf(first), name, meter);
    case 'sort':
      return sorted(listOf(first), meter);
    case 'max_by':
    case 'min_by':
    case 'sort_by': {
      meter.spend(listOf(first).length);
      const keys = listOf(first).map((element) => evaluate(expression, element, meter));
      const isOrdered = keys.every((key) => typeOf(key) === typeOf(keys[0] ?? null));
      if (keys.length > 0 && !(isOrdered && (isNumber(keys[0] ?? null) || typeof keys[0] === 'string'))) {
        throw new TypeFault(`${name}() takes an expression that gives only numbers or only strings`);
      }
      return BY_KEY[name](listOf(first), keys, meter);
    }
    case 'not_null':
      return values.find((value) => value !== null) ?? null;
    case 'reverse':
      return reverse(first, meter);
    case 'to_array':
      meter.spend(STEPS_PER_CONTAINER);
      return Array.isArray(first) ? first : [first];
    case 'to_number':
      return toNumber(first, meter);
    case 'to_string':
      return typeof first === 'string' ? first : writeJson(first, meter);
    case 'type':
      return typeOf(first);
  }
}

// The arguments have been checked against the signature, so the fallbacks are never used.
const listOf = (value: Value): Value[] => (Array.isArray(value) ? value : []);
const textOf = (value: Value): string => (typeof value === 'string' ? value : '');
const membersOf = (value: Value): Members => (isMembers(value) ? value : {});

function ofNumber(value: Value, change: (double: number) => number): Value {
  return isNumber(value) ? finite(change(toDouble(value))) : null;
}

/** A result beyond the range of doubles cannot be compared. */
function finite(double: number): number {
  if (!Number.isFinite(double)) throw new TypeFault('a number is beyond the range of arithmetic');
  return double;
}

function sum(numbers: readonly Value[], meter: Meter): number {
  meter.spend(numbers.length);
  return finite(numbers.reduce<number>((total, one) => total + (isNumber(one) ? toDouble(one) : 0), 0));
}

function counted(value: Value, meter: Meter): Members {
  const members = membersOf(value);
  meter.spend(STEPS_PER_CONTAINER + STEPS_PER_NAME * Object.keys(members).length);
  return members;
}

/** The length; of a string, in code points. */
function length(value: Value, meter: Meter): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value !== 'string') return Object.keys(counted(value, meter)).length;
  meter.spendText(value.length);
  return codePoints(value);
}

function codePoints(text: string): number {
  let count = text.length;
  for (let at = 1; at < text.length; at++) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800) count -= 1;
  }
  return count;
}

function contains(subject: Value, search: Value, meter: Meter): boolean {
  if (typeof subject === 'string') {
    if (typeof search !== 'string') return false;
    return includesText(subject, search, meter);
  }
  return listOf(subject).some((element) => {
    meter.spend(1);
    return isEqual(element, search, meter);
  });
}

function join(glue: string, texts: readonly string[], meter: Meter): string {
  const length = texts.reduce((sum, text) => sum + text.length + glue.length, 0);
  meter.spend(texts.length);
  meter.spendText(length);
  return texts.join(glue);
}

function merge(all: readonly Value[], meter: Meter): Members {
  const merged = emptyMembers();
  for (const one of all) for (const [name, value] of Object.entries(counted(one, meter))) merged[name] = value;
  return merged;
}

function reverse(value: Value, meter: Meter): Value {
  if (typeof value !== 'string') {
    meter.spend(STEPS_PER_CONTAINER + listOf(value).length);
    return listOf(value).toReversed();
  }
  meter.spend(value.length);
  return [...value].reverse().join('');
}

/** Only a JSON number: no spaces, no 0x10, no empty text. */
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

function toNumber(value: Value, meter: Meter): Value {
  if (isNumber(value)) return value;
  if (typeof value !== 'string') return null;
  meter.spendText(value.length);
  return JSON_NUMBER.test(value) ? readNumber(value) : null;
}
