import { Decimal } from './decimal.ts';

/** A JSON value for filters: all numbers exact. */
export type Value = null | boolean | number | Decimal | string | Value[] | Members;
export interface Members {
  [name: string]: Value;
}

/** The types of JMESPath. */
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

/** JMESPath's truthiness: false, null and everything empty are false. 0 is true. */
export function isTrue(value: Value): boolean {
  if (value === null || value === false || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return isMembers(value) ? countMembers(value) > 0 : true;
}

/** Listing the names of a large object is slow, so the count is cached. Values are never changed. */
const counts = new WeakMap<Members, number>();
const LARGE = 32;

/** How many members there are. */
export function countMembers(members: Members): number {
  const cached = counts.get(members);
  if (cached !== undefined) return cached;
  const count = Object.keys(members).length;
  if (count > LARGE) counts.set(members, count);
  return count;
}

/** An own member: `constructor` is one only if the JSON has it. */
export const memberOf = (members: Members, name: string): Value =>
  Object.hasOwn(members, name) ? (members[name] ?? null) : null;

/** An empty object for any names, even `__proto__`. */
export const emptyMembers = (): Members => Object.create(null);
