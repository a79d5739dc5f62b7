import { readdirSync } from 'node:fs';
import { isObject } from '../../core/json.ts';

const HERE = new URL('.', import.meta.url);

/** The folder that follows the code. The others hold what released versions wrote, and only their `read` may change. */
export const CURRENT = 'current';

/** The versions whose items and messages are kept, from before the first release on. */
export const VERSIONS = readdirSync(HERE, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== CURRENT)
  .map(({ name }) => name);

type What = 'items' | 'messages';

/** The file of one case. */
export const fileOf = (version: string, what: What, name: string) => new URL(`${version}/${what}/${name}.json`, HERE);

/** The names of the cases that a version wrote. */
export const namesIn = (version: string, what: What): string[] =>
  readdirSync(new URL(`${version}/${what}/`, HERE)).map((file) => file.replace(/\.json$/, ''));

/** The text of a file: what was written, and what this version reads in it, whose members have no order. */
export const fileText = (written: object, read: unknown) =>
  `${JSON.stringify({ ...written, read: inOrder(read) }, null, 2)}\n`;

/** The same value with the members of every object by name. */
export function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isObject(value)) return value;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, inOrder(member)]));
}
