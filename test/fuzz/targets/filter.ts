import assert from 'node:assert/strict';
import { check as refusal } from '../../../adapters/jmespath/filter-engine.ts';
import { judge } from '../../../adapters/jmespath/judge.ts';
import { STEPS_FREE, STEPS_PER_VALUE, sizeOf } from '../../../adapters/jmespath/meter.ts';
import { readJson } from '../../../adapters/jmespath/read-json.ts';
import { expression, FUNCTIONS } from './jmespath.ts';
import type { Target } from './target.ts';

const NAMES = [
  ...[
    'data',
    'data.items',
    'data.nested.a',
    'data.empty',
    'data.n',
    'data.text',
    'data.none',
    'data.big',
    'id',
    'type',
    'metadata',
  ],
  ...['price', 'name', 'tags', 'a', '@', '"\\u0061"', '__proto__', 'constructor'],
];

const ENVELOPES: readonly string[] = [
  `{"id":"evt_1","type":"order.created","timestamp":"2026-11-22T10:00:00.000Z","metadata":{"a":"b"},"data":{"n":1,
    "big":9007199254740993,"text":"a😀","none":null,"yes":true,"empty":[],"nested":{"a":[[1],[2,[3]]]},
    "items":[{"price":2,"name":"b","tags":["x"]},{"price":1.5,"name":"a"},{"price":null}]}}`,
  '{"id":"evt_2","type":"a","data":0}',
];

/** How far the count may exceed the limit: the cost of the last operation is known only when it is done. */
const OVER_MAX = 50_000;

function check(input: string): string {
  const why = refusal(input);
  if (why !== undefined) {
    assert.ok(why.length > 0 && why.length < 1_000, 'A refusal says nothing, or too much.');
    return why.replaceAll(/[^a-zA-Z ].*/gs, '').slice(0, 40);
  }
  const answers = ENVELOPES.map((text) => {
    const envelope = readJson(text);
    const before = JSON.stringify(envelope);
    const first = judge(input, envelope);
    // Before the second evaluation: reversing twice would restore the order.
    assert.equal(JSON.stringify(envelope), before, 'The envelope is changed.');
    assert.deepEqual(judge(input, readJson(text)), first, 'The answer is another the second time.');
    assert.ok(!('fault' in first), 'The evaluation fails by a fault of ours.');
    const most = STEPS_FREE + STEPS_PER_VALUE * sizeOf(envelope) + OVER_MAX;
    assert.ok(first.steps <= most, `${first.steps} steps are taken, of ${most}.`);
    return first.verdict;
  });
  return [FUNCTIONS.find((name) => input.includes(`${name}(`)), ...answers].join();
}

export const target: Target = {
  holds: 'An accepted expression evaluates within its limit, is deterministic, and modifies nothing.',
  covers: ['adapters/jmespath/'],
  seeds: [
    ...['data.items', 'data.nested.a', 'data'],
    ...[
      "type == 'order.created'",
      'data.n > `0` && data.yes',
      "contains(data.items[].tags[], 'x')",
      'data.items[?price > `1`] | [0]',
    ],
    ...[
      'length(data.items) >= `2` || !(data.none)',
      'data.nested.a[][]',
      'data.*.a',
      'data.items[-1:0:-1].name',
      '{a: data.n, b: [id, type]}',
    ],
    ...[
      'sort_by(data.items, &name)[0]',
      'max_by(data.items, &to_number(price))',
      "join(',', data.items[*].name)",
      '"data"."n"',
      '@',
    ],
    ...[
      'map(&price, data.items)',
      'not_null(data.none, `[1, {"a": 2}]`)',
      "starts_with(data.text, 'a')",
      'sum(data.items[*].price)',
      '`"x"`',
    ],
  ],
  dictionary: [
    ...[
      '(…)',
      '!(…)',
      '[…, …]',
      '[?…]',
      '{a: …}',
      '… | [@, @]',
      '… && …',
      '… || …',
      '… == …',
      '`[…]`',
      '&…',
      'sort(…)',
      'map(&…, @)',
    ],
    ...[
      '@',
      '[*]',
      '[]',
      '[::-1]',
      '.*',
      '[0]',
      '`1`',
      '`{}`',
      "'a'",
      '"a"',
      ')',
      ', ',
      '\\"',
      '"\\u0000"',
      '9007199254740993',
      'toString',
    ],
  ],
  make: (chance) => expression(chance, NAMES),
  lengthMax: 2_048,
  check,
};
