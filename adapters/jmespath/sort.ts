import { type Meter, STEPS_PER_CONTAINER } from './meter.ts';
import { orderOf } from './order.ts';
import type { Value } from './value.ts';

/** Steps of sorting doubles, which needs no comparisons of our own. */
const STEPS_PER_DOUBLE = 3;

/** A sorted copy. */
export function sorted(list: readonly Value[], meter: Meter): Value[] {
  if (!isDoubles(list)) return ordered(list, list, meter);
  meter.spend(STEPS_PER_CONTAINER + STEPS_PER_DOUBLE * list.length);
  return Array.from(Float64Array.from(list).sort());
}

const isDoubles = (list: readonly Value[]): list is number[] => list.every((one) => typeof one === 'number');

/** The largest or smallest; null for an empty list. */
export function extreme(list: readonly Value[], which: 'max' | 'min', meter: Meter): Value {
  return list[placeOf(list, which, meter)] ?? null;
}

/** The index of the first largest or smallest; -1 for an empty list. */
function placeOf(keys: readonly Value[], which: 'max' | 'min', meter: Meter): number {
  meter.spend(keys.length);
  const sign = which === 'max' ? 1 : -1;
  let place = keys.length === 0 ? -1 : 0;
  for (const [at, key] of keys.entries()) {
    if (sign * (orderOf(key, keys[place] ?? null, meter) ?? 0) > 0) place = at;
  }
  return place;
}

/** The functions that order elements by keys at the same indexes. The order is stable. */
export const BY_KEY = {
  max_by: (list: readonly Value[], keys: readonly Value[], meter: Meter) => list[placeOf(keys, 'max', meter)] ?? null,
  min_by: (list: readonly Value[], keys: readonly Value[], meter: Meter) => list[placeOf(keys, 'min', meter)] ?? null,
  sort_by: ordered,
};

/** A copy of a list in the order of its keys, which are all numbers or all strings. */
function ordered(list: readonly Value[], keys: readonly Value[], meter: Meter): Value[] {
  meter.spend(STEPS_PER_CONTAINER + keys.length);
  const places = Array.from(keys.keys());
  places.sort((one, other) => orderOf(keys[one] ?? null, keys[other] ?? null, meter) ?? 0);
  return places.map((place) => list[place] ?? null);
}
