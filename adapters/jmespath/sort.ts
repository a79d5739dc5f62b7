import { STEPS_PER_DECIMAL } from './equal.ts';
import { type Meter, STEPS_PER_CONTAINER } from './meter.ts';
import { compareNumbers, compareStrings, isNumber, type Value } from './value.ts';

/** Numbers or strings in their order; the caller has seen that they are all of one kind. */
function order(one: Value, other: Value): number {
  if (isNumber(one) && isNumber(other)) return compareNumbers(one, other);
  return typeof one === 'string' && typeof other === 'string' ? compareStrings(one, other) : 0;
}

/** What ordering takes: a look at each key, or several where they are compared again and again, and their texts. */
function spendOrder(keys: readonly Value[], looks: number, meter: Meter): void {
  meter.spend(STEPS_PER_CONTAINER + looks * keys.length);
  for (const key of keys) {
    if (typeof key === 'string') meter.spendText(key.length);
    else if (isNumber(key) && typeof key !== 'number') {
      meter.spend(STEPS_PER_DECIMAL);
      meter.spendText(key.text.length);
    }
  }
}

const SORT_LOOKS = 4;

/** A copy in order. */
export function sorted(list: readonly Value[], meter: Meter): Value[] {
  if (!isDoubles(list)) {
    spendOrder(list, SORT_LOOKS, meter);
    return list.toSorted(order);
  }
  spendOrder(list, 1, meter);
  return Array.from(Float64Array.from(list).sort());
}

const isDoubles = (list: readonly Value[]): list is number[] => list.every((one) => typeof one === 'number');

/** The largest or smallest; null of none at all. */
export function extreme(list: readonly Value[], which: 'max' | 'min', meter: Meter): Value {
  return list[placeOf(list, which, meter)] ?? null;
}

/** Where the first of the largest or smallest stands; -1 in an empty list. */
function placeOf(keys: readonly Value[], which: 'max' | 'min', meter: Meter): number {
  spendOrder(keys, 1, meter);
  const sign = which === 'max' ? 1 : -1;
  let place = keys.length === 0 ? -1 : 0;
  for (const [at, key] of keys.entries()) if (sign * order(key, keys[place] ?? null) > 0) place = at;
  return place;
}

/** The functions that order elements by keys, which stand in the same places. What is equal stays in its order. */
export const BY_KEY = {
  max_by: (list: readonly Value[], keys: readonly Value[], meter: Meter) => list[placeOf(keys, 'max', meter)] ?? null,
  min_by: (list: readonly Value[], keys: readonly Value[], meter: Meter) => list[placeOf(keys, 'min', meter)] ?? null,
  sort_by(list: readonly Value[], keys: readonly Value[], meter: Meter): Value {
    spendOrder(keys, SORT_LOOKS, meter);
    const places = Array.from(keys.keys()).sort((one, other) => order(keys[one] ?? null, keys[other] ?? null));
    return places.map((place) => list[place] ?? null);
  },
};
