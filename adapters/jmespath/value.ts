import { Decimal } from './decimal.ts';

/** A JSON value as filters see it: all numbers exact. */
export type Value = null | boolean | number | Decimal | string | Value[] | Members;
export interface Members {
  [name: string]: Value;
}

/** The types that JMESPath knows. */
export type TypeName = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

export function typeOf(value: Value): TypeName {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'array';
      return value instanceof Decimal ? 'number' : 'object';
  }
}

export const isNumber = (value: Value): value is number | Decimal =>
  typeof value === 'number' || value instanceof Decimal;

/** Whether a value has members. */
export const isMembers = (value: Value): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Decimal);

/** JMESPath's own truth: false, null and everything empty do not hold. 0 does. */
export function isTrue(value: Value): boolean {
  if (value === null || value === false || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return isMembers(value) ? hasMembers(value) : true;
}

/** Finding one name of a very large object takes as long as listing all: it is done once. Nothing changes a value. */
const inhabited = new WeakMap<Members, boolean>();

function hasMembers(members: Members): boolean {
  const known = inhabited.get(members);
  if (known !== undefined) return known;
  const is = Object.keys(members).length > 0;
  inhabited.set(members, is);
  return is;
}

/** A member of its own: `constructor` is one only where the JSON says so. */
export const memberOf = (members: Members, name: string): Value =>
  Object.hasOwn(members, name) ? (members[name] ?? null) : null;

/** Members under any name, `__proto__` too. */
export const emptyMembers = (): Members => Object.create(null);

/** By exact decimal value: below 0, 0 or above 0. */
export function compareNumbers(one: number | Decimal, other: number | Decimal): number {
  if (typeof one === 'number' && typeof other === 'number') return one < other ? -1 : one > other ? 1 : 0;
  return decimalOf(one).compare(decimalOf(other));
}

/** A double is what its shortest text says. Beyond their range stands a number that is larger than all in any message. */
function decimalOf(number: number | Decimal): Decimal {
  if (typeof number !== 'number') return number;
  return new Decimal(Number.isFinite(number) ? String(number) : `${number < 0 ? '-' : ''}1e${'9'.repeat(20)}`);
}

export const toDouble = (number: number | Decimal): number => (typeof number === 'number' ? number : number.toNumber());

/** By Unicode code points, as JMESPath orders strings; JavaScript's own order is that of UTF-16 units. */
export function compareStrings(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)];
    // A unit of a surrogate pair stands for a code point above all others.
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return one.length - other.length;
}

const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
