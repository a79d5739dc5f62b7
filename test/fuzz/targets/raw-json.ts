import assert from 'node:assert/strict';
import { elementExtents, memberText } from '../../../core/events/raw-json.ts';
import { isObject } from '../../../core/json.ts';
import type { Target } from './target.ts';

/** As `JSON.parse` reads it. */
const meaning = (text: string) => JSON.stringify(JSON.parse(text));

function check(input: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch {
    // It only ever gets text that JSON.parse has accepted.
    return undefined;
  }
  if (Array.isArray(value)) checkElements(input, value);
  else if (isObject(value)) checkMembers(input, value);
  else return undefined;
  return traitOf(input, Object.values(value).length);
}

/** The number and depth of members, and the escapes. */
function traitOf(text: string, members: number): string {
  const escapes = new Set(text.match(/\\+./g)?.map((one) => one.slice(-3)));
  const brackets = text.match(/[[{]/g)?.length ?? 0;
  return [members, brackets, escapes.size].map((count) => Math.min(3, count)).join();
}

function checkElements(text: string, values: unknown[]): void {
  const extents = elementExtents(text);
  const parts = extents.map(({ start, end }) => text.slice(start, end));
  assert.deepEqual(
    parts.map(meaning),
    values.map((one) => JSON.stringify(one)),
    'The texts of the elements mean something different.',
  );
  assert.ok(
    parts.every((part) => part === part.trim()),
    'A text has space around it.',
  );
}

function checkMembers(text: string, value: Record<string, unknown>): void {
  for (const [name, member] of Object.entries(value)) {
    const found = memberText(text, name);
    assert.ok(found !== undefined, 'A member is not found.');
    assert.ok(text.includes(found) && found === found.trim(), 'The text is not as it was written.');
    assert.equal(meaning(found), JSON.stringify(member), 'The text of a member means something else.');
  }
  for (const name of ['data', 'toString', '']) {
    assert.equal(memberText(text, name) !== undefined, Object.hasOwn(value, name), 'What is not there is found.');
  }
}

export const target: Target = {
  holds: 'The texts of members and elements mean what JSON.parse reads, for all JSON.',
  covers: ['core/events/raw-json.ts'],
  seeds: [
    '{"type":"a.b","data":{"n":12345678901234567890,"f":1.10,"s":"\\"}\\\\"}}',
    '[{"a":1}, [], "x]", -0.0e+1 ,null]',
    '{"d\\u0061ta":1,"data":[{}],"__proto__":2}',
  ],
  dictionary: [
    '"data"',
    '"\\\\"',
    '\\"',
    '\\u0022',
    '"__proto__":',
    '{"data":',
    '[[',
    ']]',
    '{}',
    'null',
    '1e5',
    '\r\n',
    '\t',
  ],
  check,
};
