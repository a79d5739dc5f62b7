import assert from 'node:assert/strict';
import { mergePatch } from '../../../core/endpoints/merge-patch.ts';
import { isObject } from '../../../core/json.ts';
import { jsonOf, type Target } from './target.ts';

/** The input is a list: the target document, and the patch. */
function check(input: string): string | undefined {
  const pair = jsonOf(input);
  if (!Array.isArray(pair) || pair.length !== 2) return undefined;
  const [document, patch]: unknown[] = pair;
  const before = JSON.stringify(pair);
  const merged = mergePatch(document, patch);
  assert.equal(JSON.stringify(pair), before, 'What was given is changed.');
  assert.equal(JSON.stringify(mergePatch(merged, patch)), JSON.stringify(merged), 'Twice is not as once.');
  checkRule(document, patch, merged);
  return shapeOf(document, patch);
}

/** RFC 7396, member by member. */
function checkRule(document: unknown, patch: unknown, merged: unknown): void {
  if (!isObject(patch)) {
    assert.deepEqual(merged, patch, 'What is no object replaces.');
    return;
  }
  assert.ok(isObject(merged), 'A patch that is an object makes an object.');
  const before = isObject(document) ? document : {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(patch)])) {
    const [had, has] = [Object.hasOwn(before, name), Object.hasOwn(merged, name)];
    if (!Object.hasOwn(patch, name)) assert.ok(has && merged[name] === before[name], 'What is not named stays.');
    else if (patch[name] === null) assert.ok(!has, 'A null removes.');
    else checkRule(had ? before[name] : undefined, patch[name], merged[name]);
  }
}

function shapeOf(document: unknown, patch: unknown): string {
  const kind = (value: unknown) => (Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value);
  const named = isObject(patch) ? Object.values(patch).map(kind).slice(0, 2) : [];
  return [kind(document), kind(patch), ...named].join();
}

export const target: Target = {
  holds: 'A merge patch follows RFC 7396, whatever the names, and does not modify its input.',
  covers: ['core/endpoints/merge-patch.ts', 'core/json.ts'],
  seeds: [
    '[{"a":{"b":1,"c":2},"d":[1]},{"a":{"b":null,"e":{"f":null}},"d":2}]',
    '[{"__proto__":1},{"__proto__":null}]',
    '[[1],{"a":1}]',
    '[1,null]',
  ],
  dictionary: ['__proto__', 'constructor', 'toString', '0', 'length', 'null', '{"__proto__":{"a":null}}', 'a'],
  check,
};
