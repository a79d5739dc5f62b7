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
  return isMembers(value) ? countMembers(value) > 0 : true;
}

/** Finding one name of a large object takes as long as listing all: it is done once. Nothing changes a value. */
const counts = new WeakMap<Members, number>();
const LARGE = 32;

/** How many members there are. */
export function countMembers(members: Members): number {
  const known = counts.get(members);
  if (known !== undefined) return known;
  const count = Object.keys(members).length;
  if (count > LARGE) counts.set(members, count);
  return count;
}

/** A member of its own: `constructor` is one only where the JSON says so. */
export const memberOf = (members: Members, name: string): Value =>
  Object.hasOwn(members, name) ? (members[name] ?? null) : null;

/** Members under any name, `__proto__` too. */
export const emptyMembers = (): Members => Object.create(null);
