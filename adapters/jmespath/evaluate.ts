import { isEqual } from './equal.ts';
import { TypeFault } from './faults.ts';
import { call } from './functions.ts';
import { type Meter, STEPS_PER_CONTAINER, STEPS_PER_NAME } from './meter.ts';
import { orderOf } from './order.ts';
import type { Comparison, Tree } from './tree.ts';
import { emptyMembers, isMembers, isTrue, memberOf, type Value } from './value.ts';

/**
 * Evaluates an expression on a value. It has no side effects: it changes neither the value, nor the literals of the
 * expression, nor anything shared.
 * @throws BoundExceeded, and TypeFault if a function gets an argument that it does not accept.
 */
export function evaluate(tree: Tree, value: Value, meter: Meter): Value {
  // These take no time of their own, and always belong to a part that is counted.
  if (tree.kind !== 'current' && tree.kind !== 'literal') meter.spend(1);
  switch (tree.kind) {
    case 'current':
      return value;
    case 'literal':
      return tree.value;
    case 'field':
      return isMembers(value) ? memberOf(value, tree.name) : null;
    case 'index':
      return Array.isArray(value) ? (value.at(tree.at) ?? null) : null;
    case 'slice':
      return Array.isArray(value) ? slice(value, tree, meter) : null;
    case 'chain':
      return evaluate(tree.second, evaluate(tree.first, value, meter), meter);
    case 'each': {
      const elements = evaluate(tree.of, value, meter);
      return Array.isArray(elements) ? project(elements, null, tree.pick, meter) : null;
    }
    case 'each_member': {
      const members = evaluate(tree.of, value, meter);
      return isMembers(members) ? project(valuesOf(members, meter), null, tree.pick, meter) : null;
    }
    case 'where': {
      const elements = evaluate(tree.of, value, meter);
      return Array.isArray(elements) ? project(elements, tree.holds, tree.pick, meter) : null;
    }
    case 'flat':
      return flatten(evaluate(tree.of, value, meter), meter);
    case 'list':
      meter.spend(STEPS_PER_CONTAINER + tree.items.length);
      return value === null ? null : tree.items.map((item) => evaluate(item, value, meter));
    case 'members':
      return value === null ? null : select(tree.entries, value, meter);
    case 'and':
    case 'or': {
      const left = evaluate(tree.left, value, meter);
      return isTrue(left) === (tree.kind === 'or') ? left : evaluate(tree.right, value, meter);
    }
    case 'not':
      return !isTrue(evaluate(tree.of, value, meter));
    case 'compare':
      return compare(tree.by, evaluate(tree.left, value, meter), evaluate(tree.right, value, meter), meter);
    case 'call':
      return call(tree, value, meter);
    case 'expression':
      throw new TypeFault('an expression (&) is used where no function takes one');
  }
}

function project(elements: readonly Value[], holds: Tree | null, pick: Tree, meter: Meter): Value[] {
  meter.spend(STEPS_PER_CONTAINER);
  const found: Value[] = [];
  for (const element of elements) {
    meter.spend(1);
    if (holds !== null && !isTrue(evaluate(holds, element, meter))) continue;
    const result = evaluate(pick, element, meter);
    if (result !== null) found.push(result);
  }
  return found;
}

function valuesOf(members: Record<string, Value>, meter: Meter): Value[] {
  const values = Object.values(members);
  meter.spend(STEPS_PER_CONTAINER + STEPS_PER_NAME * values.length);
  return values;
}

/** Flattens one level of lists. */
function flatten(value: Value, meter: Meter): Value {
  if (!Array.isArray(value)) return null;
  meter.spend(STEPS_PER_CONTAINER);
  const flat: Value[] = [];
  for (const element of value) {
    const parts = Array.isArray(element) ? element : [element];
    meter.spend(1 + parts.length);
    for (const part of parts) flat.push(part);
  }
  return flat;
}

function select(entries: readonly { name: string; value: Tree }[], value: Value, meter: Meter): Value {
  meter.spend(STEPS_PER_CONTAINER + STEPS_PER_NAME * entries.length);
  const members = emptyMembers();
  for (const { name, value: tree } of entries) members[name] = evaluate(tree, value, meter);
  return members;
}

/** Slices as Python does: an index before the beginning is the beginning, one after the end is the end. */
function slice(list: readonly Value[], { start, stop, step }: Extract<Tree, { kind: 'slice' }>, meter: Meter): Value[] {
  const [least, most] = step > 0 ? [0, list.length] : [-1, list.length - 1];
  const place = (at: number | null, otherwise: number) =>
    at === null ? otherwise : Math.min(Math.max(at < 0 ? at + list.length : at, least), most);
  const [first, end] = [place(start, step > 0 ? least : most), place(stop, step > 0 ? most : least)];
  meter.spend(STEPS_PER_CONTAINER);
  const found: Value[] = [];
  for (let at = first; step > 0 ? at < end : at > end; at += step) {
    meter.spend(1);
    found.push(list[at] ?? null);
  }
  return found;
}

/** Orders numbers, and strings by code points; null for anything else. */
function compare(by: Comparison, left: Value, right: Value, meter: Meter): Value {
  if (by === '==') return isEqual(left, right, meter);
  if (by === '!=') return !isEqual(left, right, meter);
  const order = orderOf(left, right, meter);
  if (order === null) return null;
  switch (by) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}
