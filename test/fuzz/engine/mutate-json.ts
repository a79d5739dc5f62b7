import { isObject } from '../../../core/json.ts';
import type { Chance } from '../../simulation/engine/chance.ts';
import { type Means, mutateText } from './mutate-text.ts';

const VALUES: readonly unknown[] = [null, true, false, 0, -1, 1.5, 2 ** 53, 1e21, '', 'a', [], {}, [[]], { a: 1 }];
/** Deeper documents are left to the mutations of text. */
const DEPTH_MAX = 200;

/** A JSON text with one to four changes of its tree, so it stays JSON. Undefined if the input is not JSON. */
export function mutateJson(text: string, chance: Chance, means: Means): string | undefined {
  const read = parse(text);
  if (read === undefined || depthOf(read.value) > DEPTH_MAX) return undefined;
  let { value } = read;
  for (let left = chance.whole(1, 4); left > 0; left--) value = mutate(value, chance, means);
  return JSON.stringify(value);
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function depthOf(value: unknown, at = 0): number {
  if (typeof value !== 'object' || value === null || at > DEPTH_MAX) return at;
  return Object.values(value).reduce((deepest, member) => Math.max(deepest, depthOf(member, at + 1)), at);
}

/** Changes one place of the tree: descending is as likely as a change here. */
function mutate(value: unknown, chance: Chance, means: Means): unknown {
  const members = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (members.length === 0 || chance.happens(0.25)) return changed(value, members, chance, means);
  const [chosen] = chance.pick(members);
  return rebuilt(
    value,
    members.map(([name, member]) => [name, name === chosen ? mutate(member, chance, means) : member]),
  );
}

function rebuilt(like: unknown, members: [string, unknown][]): unknown {
  return Array.isArray(like) ? members.map(([, member]) => member) : Object.fromEntries(members);
}

function changed(value: unknown, members: [string, unknown][], chance: Chance, means: Means): unknown {
  const what = chance.weighted([
    ['replace', 3],
    ['add', members.length > 0 || isObject(value) || Array.isArray(value) ? 3 : 0],
    ['remove', members.length > 0 ? 2 : 0],
    ['rename', isObject(value) && members.length > 0 ? 2 : 0],
    ['wrap', 1],
    ['text', typeof value === 'string' ? 6 : 0],
  ] as const);
  switch (what) {
    case 'replace':
      return anyValue(chance, means);
    case 'add':
      return rebuilt(value, [...members, [nameFrom(chance, means), anyValue(chance, means)]]);
    case 'remove': {
      const [left] = chance.pick(members);
      return rebuilt(
        value,
        members.filter(([name]) => name !== left),
      );
    }
    case 'rename': {
      const [old] = chance.pick(members);
      const name = nameFrom(chance, means);
      return rebuilt(
        value,
        members.map(([one, member]) => [one === old ? name : one, member]),
      );
    }
    case 'wrap':
      return chance.happens(0.5) ? [value] : { [nameFrom(chance, means)]: value };
    case 'text':
      return mutateText(String(value), chance, means);
  }
}

function nameFrom(chance: Chance, { dictionary }: Means): string {
  return dictionary.length === 0 || chance.happens(0.2) ? 'a' : chance.pick(dictionary);
}

/** A value from the dictionary, from another input, or a generally useful one. */
function anyValue(chance: Chance, { dictionary, other }: Means): unknown {
  if (chance.happens(0.4) && dictionary.length > 0) {
    const token = chance.pick(dictionary);
    return parse(token)?.value ?? token;
  }
  if (chance.happens(0.5)) return chance.pick(VALUES);
  let value = parse(other())?.value;
  while (typeof value === 'object' && value !== null && chance.happens(0.8)) {
    const members: unknown[] = Object.values(value);
    if (members.length === 0) break;
    value = chance.pick(members);
  }
  return value ?? null;
}
