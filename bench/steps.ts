import assert from 'node:assert/strict';
import { judge } from '../adapters/jmespath/judge.ts';
import { readJson } from '../adapters/jmespath/read-json.ts';

/** The time per counted step of one kind of work in a filter. */
export interface StepCost {
  name: string;
  steps: number;
  nsPerStep: number;
}

const ROUNDS = 60;
const times = (length: number, part: string, glue: string) => Array.from({ length }, () => part).join(glue);
const list = <Element>(length: number, of: (at: number) => Element) => Array.from({ length }, (_, at) => of(at));
const A = 'a'.repeat(60_000);
const TENTH = `0.1${'0'.repeat(20)}`;

/** Envelopes of at most about 64 KB, with filters that do one kind of work. */
const CASES: readonly { name: string; data: string; filter: string }[] = [
  {
    name: 'ordinary conditions',
    data: JSON.stringify(list(600, (at) => ({ price: at, tags: ['x', 'y'], name: `n${at}` }))),
    filter: "data[?price > `100` && contains(tags, 'z') || name == 'none']",
  },
  { name: 'a chain of @', data: JSON.stringify(list(300, (at) => at)), filter: `data[?${times(400, '@', '|')}]` },
  { name: 'conditions', data: JSON.stringify(list(300, (at) => at)), filter: `data[?${times(200, '!@', '||')}]` },
  {
    name: 'arguments',
    data: JSON.stringify(list(3_000, () => null)),
    filter: `data[?not_null(${times(40, '@', ',')})]`,
  },
  { name: 'calls', data: JSON.stringify(list(2_000, (at) => at)), filter: "data[?type(@) == 'x' || type(@) == 'y']" },
  {
    name: 'numbers to string and back',
    data: JSON.stringify(list(2_000, (at) => at)),
    filter: 'data[?to_number(to_string(@)) < `0`]',
  },
  {
    name: 'a long string searched for a short one',
    data: JSON.stringify(A),
    filter: times(4, "contains(data, 'ab')", '||'),
  },
  {
    name: 'a long string searched for a long one',
    data: JSON.stringify(A),
    filter: times(4, `contains(data, 'ab${'a'.repeat(450)}')`, '||'),
  },
  {
    name: 'a list searched',
    data: JSON.stringify(list(4_000, (at) => ({ at }))),
    filter: 'contains(data, `{"at":-1}`)',
  },
  {
    name: 'doubles sorted',
    data: JSON.stringify(list(5_000, (at) => (at * 7_919) % 5_000)),
    filter: 'sort(data)[9] < `0`',
  },
  {
    name: 'sorted by doubles',
    data: JSON.stringify(list(2_000, (at) => (at * 7_919) % 2_000)),
    filter: 'sort_by(data, &@)[9] < `0`',
  },
  {
    name: 'long numbers sorted',
    data: `[${list(2_000, (at) => `${TENTH}${(at * 7_919) % 2_000}`)}]`,
    filter: 'sort(data)[9] < `0`',
  },
  {
    name: 'long and short numbers sorted',
    data: `[${list(2_000, (at) => (at % 2 ? '0.1' : `${TENTH}${at}`))}]`,
    filter: 'sort(data)[9] < `0`',
  },
  {
    name: 'strings with a common prefix sorted',
    data: JSON.stringify(list(150, (at) => `${A.slice(0, 400)}${(at * 7_919) % 150}`)),
    filter: "sort(data)[9] < 'a'",
  },
  {
    name: 'objects created',
    data: JSON.stringify(list(1_000, (at) => at)),
    filter: 'map(&{a: @, b: @, c: @}, data)[9].d',
  },
  { name: 'lists made', data: JSON.stringify(list(1_500, (at) => at)), filter: 'data[*].[@, @, @, @][9].a' },
  { name: 'lists opened', data: JSON.stringify(list(3_000, (at) => [at, at])), filter: 'data[][].a' },
  { name: 'lists sliced', data: JSON.stringify(list(5_000, (at) => at)), filter: 'data[::-1] | [1:] | [::-1] | [9].a' },
  {
    name: 'strings joined',
    data: JSON.stringify(list(2_000, (at) => `some text ${at}`)),
    filter: "join('', data) == 'a'",
  },
  { name: 'texts turned round', data: JSON.stringify(A), filter: "reverse(data) == 'a'" },
  {
    name: 'values serialized',
    data: JSON.stringify(list(800, (at) => ({ at, name: `n${at}` }))),
    filter: "to_string(data) == 'a'",
  },
  {
    name: 'values compared',
    data: JSON.stringify(list(1_500, (at) => ({ at, name: `n${at}` }))),
    filter: 'data != data',
  },
  {
    name: 'members listed',
    data: JSON.stringify(Object.fromEntries(list(2_000, (at) => [`k${at}`, at]))),
    filter: 'keys(data) == values(data)',
  },
];

/** The best of many rounds, on one core; each round parses its envelope again. */
export function measureSteps(): StepCost[] {
  // Warm up the compiler with all of them before measuring any.
  for (const one of CASES) measure(one);
  return CASES.map((one) => ({ name: one.name, ...measure(one) }));
}

function measure({ name, data, filter }: (typeof CASES)[number]): Omit<StepCost, 'name'> {
  let [steps, bestNs] = [0, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    const envelope = readJson(`{"data":${data}}`);
    const began = process.hrtime.bigint();
    const judged = judge(filter, envelope);
    bestNs = Math.min(bestNs, Number(process.hrtime.bigint() - began));
    assert.notEqual(judged.verdict, 'error', `${name}: ${JSON.stringify(judged)}`);
    steps = judged.steps;
  }
  return { steps, nsPerStep: bestNs / steps };
}
