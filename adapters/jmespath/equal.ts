import { Decimal } from './decimal.ts';
import { BoundExceeded } from './faults.ts';
import { type Meter, STEPS_PER_DECIMAL, STEPS_PER_NAME } from './meter.ts';
import { countMembers, isMembers, type Value } from './value.ts';

/** Deeper values cannot be compared or written: the size of the stack differs between machines. */
export const DEPTH_MAX = 1_000;

/** Whether two values are the same JSON: numbers by their exact value, members in any order. */
export function isEqual(one: Value, other: Value, meter: Meter, depth = 0): boolean {
  if (typeof one === 'string') {
    if (typeof other !== 'string' || one.length !== other.length) return false;
    meter.spendText(one.length);
    return one === other;
  }
  if (typeof one === 'number' && typeof other === 'number') return one === other;
  if (one === null || typeof one !== 'object' || other === null || typeof other !== 'object') {
    // A Decimal never equals a double.
    return one === other;
  }
  if (depth > DEPTH_MAX) throw new BoundExceeded();
  if (one instanceof Decimal || other instanceof Decimal) {
    if (!(one instanceof Decimal && other instanceof Decimal)) return false;
    meter.spend(STEPS_PER_DECIMAL);
    meter.spendText(one.text.length + other.text.length);
    return one.compare(other) === 0;
  }
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    meter.spend(one.length);
    return one.every((element, at) => isEqual(element, other[at] ?? null, meter, depth + 1));
  }
  return haveEqualMembers(one, other, meter, depth);
}

function haveEqualMembers(one: Value, other: Value, meter: Meter, depth: number): boolean {
  if (!isMembers(one) || !isMembers(other)) return false;
  if (countMembers(one) !== countMembers(other)) return false;
  const names = Object.keys(one);
  meter.spend(STEPS_PER_NAME * names.length);
  return names.every(
    (name) => Object.hasOwn(other, name) && isEqual(one[name] ?? null, other[name] ?? null, meter, depth + 1),
  );
}
