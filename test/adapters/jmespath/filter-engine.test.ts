import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { jmespathFilters } from '../../../adapters/jmespath/filter-engine.ts';
import { includesText } from '../../../adapters/jmespath/find-text.ts';
import { judge as judgeValue } from '../../../adapters/jmespath/judge.ts';
import { Meter } from '../../../adapters/jmespath/meter.ts';
import { parse } from '../../../adapters/jmespath/parse.ts';
import { readJson } from '../../../adapters/jmespath/read-json.ts';
import { sampleEnvelope } from '../../../adapters/jmespath/sample.ts';

/** An envelope that is parsed once for all filters. */
function open(text: string) {
  const value = readJson(text);
  return { judge: (filter: string) => judgeValue(filter, value) };
}

/** A filter's verdict on an event with this data. */
const judge = (filter: string, data: string) => open(`{"data":${data}}`).judge(filter);
const holds = (filter: string, data: unknown) => judge(filter, JSON.stringify(data)).verdict === 'match';

const A = 'a'.repeat(64_000);

describe('a filter', () => {
  it.each([
    ["data.extra.service == 'x'", {}, false],
    ["data.v == 'null'", { v: null }, false],
    ['data.v == `null`', {}, true],
    ['data.n', { n: 0 }, true],
    ['data.s', { s: '' }, false],
    ['!(data.v)', {}, true],
    ['sum(map(&qty, data.items)) > `1`', { items: [{ qty: 0 }, { qty: 2 }] }, true],
    ['contains(map(&qty, data.items), `0`)', { items: [{ qty: 0 }] }, true],
    ['contains(map(&paid, data.items), `false`)', { items: [{ paid: false }] }, true],
    ["contains(map(&name, data.items), '')", { items: [{ name: '' }] }, true],
    ['not_null(data.a, data.b) == `0`', { a: 0 }, true],
    ['not_null(data.a, `true`) == `false`', { a: false }, true],
    ["!contains(data.tags || `[]`, 'test')", {}, true],
    ['contains(data.pairs, `[1,2]`)', { pairs: [[1, 2]] }, true],
    ['contains(data.l, `{"a":1}`)', { l: [{ a: 1 }] }, true],
    ['length(data.s) == `1`', { s: '😀' }, true],
    ["reverse(data.s) == 'b😀a'", { s: 'a😀b' }, true],
    ["sort(data.l)[0] == '\uffee'", { l: ['😀', '\uffee'] }, true],
    ['to_number(data.s) == `null`', { s: ' ' }, true],
    ['to_number(data.s) == `null`', { s: '0x10' }, true],
    ["data.at > '2026-01-01'", { at: '2026-06-01' }, true],
    ['data."x-y" == `1`', { 'x-y': 1 }, true],
    ["data.s == 'it\\'s'", { s: "it's" }, true],
    ['data."naïve" == \'ü😀\'', { naïve: 'ü😀' }, true],
    ['max(data.v) == `9`', { v: [1, 9, 3] }, true],
  ])('%s on %j: %s', (filter, data, expected) => {
    expect([jmespathFilters.check(filter), holds(filter, data)]).toEqual([undefined, expected]);
  });

  it.each(['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty'])(
    'treats %s as a member only if the event has it',
    (name) => {
      const filter = `data."${name}"`;
      expect([judge(filter, '{}').verdict, judge(filter, `{"${name}":"x"}`).verdict]).toEqual(['no_match', 'match']);
      expect(judge(`{"${name}": data}."${name}".a == \`1\``, '{"a":1}').verdict).toBe('match');
      expect(judge(`merge(data, data)."${name}" == 'x'`, `{"${name}":"x"}`).verdict).toBe('match');
      expect(jmespathFilters.check(name)).toContain(`an event has no member ${name}`);
    },
  );

  it.each([
    ['9007199254740993', '9007199254740993', true],
    ['9007199254740993', '9007199254740992', false],
    ['0.1', '0.10000000000000000001', false],
    ['1e400', '1e401', false],
    ['1e400', '10e399', true],
    ['12345678901234567890', '1.234567890123456789e19', true],
    ['-0', '0', true],
    ['100', '1e2', true],
    ['0e99999999999999999999', '0', true],
  ])('compares numbers by their exact value: %s and %s', (one, other, isSame) => {
    expect(judge(`data == \`${other}\``, one).verdict === 'match').toBe(isSame);
    expect(judge(`contains(data, \`${other}\`)`, `[${one}]`).verdict === 'match').toBe(isSame);
    expect(judge(`data >= \`${other}\` && data <= \`${other}\``, one).verdict === 'match').toBe(isSame);
  });

  it('orders long numbers, and returns them as written', () => {
    const data = '[9007199254740993,9007199254740995,9007199254740994]';
    expect(judge("to_string(sort(data)) == '[9007199254740993,9007199254740994,9007199254740995]'", data).verdict).toBe(
      'match',
    );
    expect(judge('max(data) == `9007199254740995` && min(data) == `9007199254740993`', data).verdict).toBe('match');
  });

  it.each([
    'max(data) == `9`',
    'min(data) == `1`',
    'length([data][]) > `1`',
    'sort(data)[0] == `1`',
    'sum(data) > `1`',
    'contains(data, `9`)',
    'data[?@ == `9`]',
    'data[-1] == `9`',
  ])('handles lists of half a million numbers: %s', (filter) => {
    expect(judge(filter, `[${'1,'.repeat(510_000)}9]`).verdict).toBe('match');
  });

  it('modifies nothing that another one sees, including its own literals', () => {
    const envelope = open('{"data":{"list":[3,1,2],"o":{"a":1}}}');
    const innocent = 'data.list[0] == `3` && data.o.a == `1`';
    for (const filter of [
      'reverse(data.list)',
      'sort(data.list)',
      'sort_by(data.list, &@)',
      'merge(data.o, `{"a":2}`)',
    ]) {
      expect(envelope.judge(filter).verdict).toBe('match');
      expect(envelope.judge(innocent).verdict).toBe('match');
    }
    for (let again = 0; again < 3; again++) expect(holds('reverse(`[1,2,3]`)[0] == `3`', {})).toBe(true);
  });

  it.each([
    ['contains(data.tags, `1`)', 'contains() takes an array or a string, not null'],
    ["data.a == 'x' && upper(data.b)", 'there is no function upper()'],
    ['sum(data.words)', 'sum() takes an array of numbers, not one that holds something else'],
    ['abs(data.a)', 'abs() takes a number, not a string'],
    ['sort_by(data.words, &length(@) == `1`)', 'sort_by() takes an expression that gives only numbers or only strings'],
    ['data.a ==', 'it ends too early'],
    ['sum(data.huge)', 'a number is beyond the range of arithmetic'],
  ])('that fails says why, without showing values: %s', (filter, reason) => {
    const data = '{"a":"x","words":["secret"],"huge":[1e400]}';
    expect(judge(filter, data)).toMatchObject({ verdict: 'error', reason });
  });
});

describe('the step limit of a filter', () => {
  const doubling = (times: number) => `length(${Array.from({ length: times }, () => '[@,@][]').join('.')}) > \`1\``;

  it('stops one that doubles its value, and one that joins it', () => {
    const joining = `${"[join('',[to_string(@),to_string(@)])] | ".repeat(26)}@`;
    for (const filter of [doubling(23), doubling(160), joining]) {
      const judgement = judge(filter, '1');
      expect(judgement.verdict).toBe('undecided');
      expect(judgement.steps).toBeLessThan(60_000);
    }
  });

  it('grows with the envelope', () => {
    const filter = 'data[?@ > `1` && @ < `5` && @ != `3`]';
    expect(judge(filter, JSON.stringify(Array.from({ length: 100_000 }, (_, at) => at))).verdict).toBe('match');
    const [few, many] = [judge(doubling(160), '1').steps, judge(doubling(160), `[${'1,'.repeat(99_999)}1]`).steps];
    expect(few).toBeLessThan(60_000);
    expect(many).toBeGreaterThan(800_000);
  });

  it('gives the same steps and result, whatever was evaluated before', () => {
    const data = JSON.stringify({ items: Array.from({ length: 2_000 }, (_, at) => ({ at, name: `n${at}` })) });
    const filters = [
      'length(data.items[?at > `5`]) > `9`',
      doubling(12),
      doubling(40),
      'sort_by(data.items, &name)[0].at',
    ];
    const first = filters.map((filter) => judge(filter, data));
    const envelope = open(`{"data":${data}}`);
    for (const at of [3, 1, 0, 2, 2, 0, 1, 3]) expect(envelope.judge(filters[at] ?? '')).toEqual(first[at]);
  });

  it('is exceeded by values nested too deeply for any stack', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(judge('data == data', deep).verdict).toBe('undecided');
    expect(judge("to_string(data) == ''", deep).verdict).toBe('undecided');
    expect(judge('data[0]', deep).verdict).toBe('match');
  });

  const chain = (length: number, part: string, glue: string) => Array.from({ length }, () => part).join(glue);
  it.each([
    ['each part of a chain', `data[?${chain(200, '@', ' | ')}]`, [1, 2, 3], 3 * 199],
    ['each argument', `not_null(${chain(600, '@', ',')})`, 1, 600],
    ['each part of a condition', chain(250, '!(data)', ' || '), 1, 500],
    ['a text that is looked through', `contains(data, 'a${'b'.repeat(1_000)}')`, A, 64_000 / 8],
    ['a text that is written', "to_string([data]) == ''", A, 64_000 / 32],
    ['texts that begin alike', 'data.a < data.b', { a: `${A}x`, b: `${A}y` }, 64_000 / 8],
    [
      'texts that are sorted',
      'sort(data)[0]',
      Array.from({ length: 100 }, (_, at) => `${A.slice(0, 800)}${at % 7}`),
      9_900,
    ],
    ['elements that are compared', 'contains(data, `{}`)', Array.from({ length: 2_000 }, () => ({ a: 1 })), 2_000],
    ['a sort', 'sort_by(data, &@)[0]', Array.from({ length: 1_000 }, (_, at) => (at * 611) % 1_000), 5_000],
  ])('counts %s', (_, filter, data, least) => {
    const { steps, verdict } = judge(filter, JSON.stringify(data));
    expect([steps >= least, verdict === 'error'], `${steps} steps`).toEqual([true, false]);
  });

  it.each([
    ['of two long numbers', '0.1000000000000000000000000001', '0.1000000000000000000000000002', 2],
    ['of a long number and a short one that is near', '0.1000000000000000000000000001', '0.1', 40],
  ])('counts a comparison %s', (_, one, other, least) => {
    expect(judge('data[0] < data[1]', `[${one},${other}]`).steps).toBeGreaterThanOrEqual(least);
  });

  it('counts the members of a large object once, however often they are asked for', () => {
    const large = open(
      JSON.stringify({ data: Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`k${at}`, at])) }),
    );
    const listed = vi.spyOn(Object, 'keys');
    try {
      expect(large.judge(Array.from({ length: 290 }, () => 'data').join('&&')).verdict).toBe('match');
      expect(large.judge('contains([data, data, data], `{}`)').verdict).toBe('no_match');
      expect(listed.mock.calls.filter(([object]) => 'k99999' in object)).toHaveLength(1);
    } finally {
      listed.mockRestore();
    }
  });
});

describe('a string', () => {
  /** Strings of few characters often contain each other, and more often almost do. */
  const text = (maxLength: number, ...more: string[]) =>
    fc
      .array(fc.constantFrom('a', 'b', 'aa', 'ab', '\uffff', '😀', ...more), { maxLength })
      .map((parts) => parts.join(''));

  it('is found anywhere in another, including long ones', () => {
    const long = (more: number) => 'ab'.repeat(150 + more);
    const meter = new Meter(A.repeat(1_000));
    fc.assert(
      fc.property(text(12, '\ud83d'), text(4, '\ude00'), text(4), fc.nat(3), (subject, search, other, more) => {
        expect(includesText(subject, search, meter)).toBe(subject.includes(search));
        // Overlapping repetitions.
        expect(includesText(`${subject}${long(more)}${search}${subject}`, `${long(0)}${search}`, meter)).toBe(true);
        const [texts, searches] = [`${subject}${long(more)}${search}${subject}`, `${long(0)}${other}`];
        expect(includesText(texts, searches, meter)).toBe(texts.includes(searches));
      }),
    );
  });

  it('is ordered by its code points', () => {
    fc.assert(
      fc.property(text(5), text(5), (one, other) => {
        const [a, b] = [one, other].map((side) => Array.from(side, (character) => character.codePointAt(0) ?? 0));
        const at = (a ?? []).findIndex((point, place) => point !== b?.[place]);
        const expected = at < 0 ? (a?.length ?? 0) < (b?.length ?? 0) : b?.[at] !== undefined && (a?.[at] ?? 0) < b[at];
        expect(judge('data[0] < data[1]', JSON.stringify([one, other])).verdict === 'match').toBe(expected);
      }),
    );
  });
});

describe('numbers', () => {
  /** With few and many digits, whose doubles are often equal. */
  const decimal = fc.tuple(
    fc.boolean(),
    fc.nat(3),
    fc.constantFrom('', '1', '10000000000000000000', '10000000000000000001'),
    fc.integer({ min: -3, max: 3 }),
  );
  const textOf = ([minus, whole, fraction, power]: [boolean, number, string, number]) =>
    `${minus ? '-' : ''}${whole}${fraction && `.${fraction}`}e${power}`;
  const exactOf = ([minus, whole, fraction, power]: [boolean, number, string, number]) =>
    (minus ? -1n : 1n) * BigInt(`${whole}${fraction.padEnd(20, '0')}`) * 10n ** BigInt(power + 3);

  it('are ordered by their exact values, however they are written', () => {
    fc.assert(
      fc.property(decimal, decimal, (one, other) => {
        const data = `[${textOf(one)},${textOf(other)}]`;
        expect(judge('data[0] < data[1]', data).verdict === 'match').toBe(exactOf(one) < exactOf(other));
        expect(judge('data[0] == data[1]', data).verdict === 'match').toBe(exactOf(one) === exactOf(other));
      }),
    );
  });

  it('are sorted by them', () => {
    fc.assert(
      fc.property(fc.array(decimal, { minLength: 1, maxLength: 12 }), (numbers) => {
        const data = `[${numbers.map(textOf)}]`;
        const ordered = numbers.toSorted((one, other) =>
          exactOf(one) < exactOf(other) ? -1 : exactOf(one) > exactOf(other) ? 1 : 0,
        );
        expect(judge(`sort(data) == \`[${ordered.map(textOf)}]\``, data).verdict).toBe('match');
        expect(judge(`sort_by(data, &@) == \`[${ordered.map(textOf)}]\``, data).verdict).toBe('match');
        expect(
          judge(`max(data) == \`${textOf(ordered.at(-1) ?? numbers[0] ?? [false, 0, '', 0])}\``, data).verdict,
        ).toBe('match');
      }),
    );
  });
});

describe('a saved filter', () => {
  it.each([
    "lower(data.b) == 'y'",
    "data.a == 'x' && lower(data.b) == 'y'",
    "data.items[?lower(@) == 'y']",
    'data.items[?contains(@)]',
    'data.a && contains(data.b)',
    'data.items[*].foo(@)',
    'sort_by(data.items, &bar(@))',
    'data.a || foo()',
    'data.items[::0]',
    "data.a == 'x' && length()",
    'map(data.items, &a)',
    'length(`5`) == `1`',
    "starts_with(length(data.x), 'a')",
    "length(data.x) == '5'",
    'data.at > `true`',
    'amount > `100`',
    '`false`',
    "'a' == 'b'",
    '&data',
    'a ? b : c',
    'data.a + `1`',
    'data.a == `foo`',
    '',
    `${'!('.repeat(600)}data${')'.repeat(600)}`,
    `length(${'[@,@][].'.repeat(30)}@) > \`1\``,
  ])('must be able to match: %s is refused with a message', (filter) => {
    expect(jmespathFilters.check(filter)).toMatch(/^[A-Z].{10,300}\.$/su);
  });

  it.each([
    ['!data.x', '`!(data.x)`'],
    ['!data.x.y', '`!(data.x.y)`'],
    ['!data.items[0]', '`!(data.items[0])`'],
    ['data.items[?!paid.at]', '`!(paid.at)`'],
  ])('%s is refused with the suggestion %s', (filter, meant) => {
    expect(jmespathFilters.check(filter)).toContain(`write ${meant}`);
  });

  it('is tried on an envelope of 64 KB that has its members', () => {
    const text = sampleEnvelope(parse('data.items[?name == `1`].price'));
    expect(text.length).toBeGreaterThan(50_000);
    expect(text.length).toBeLessThan(80_000);
    expect(open(text).judge('data.items[0].price').verdict).toBe('match');
  });
});

describe('an envelope', () => {
  it('is parsed as by JSON.parse, except for numbers that it would change', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(readJson(text)).toEqual(JSON.parse(text));
        // With one long number anywhere, our own reader parses it.
        const [long, value] = [`[${text},12345678901234567890]`, readJson(`[${text},12345678901234567890]`)];
        expect(Array.isArray(value) && value[0]).toEqual(JSON.parse(long)[0]);
      }),
    );
  });

  it('has its whole numbers compared exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.bigInt({ min: -3n, max: 3n }), (one, step) => {
        const other = one + step;
        expect(judge(`data == \`${other}\``, String(one)).verdict === 'match').toBe(step === 0n);
        expect(judge(`data < \`${other}\``, String(one)).verdict === 'match').toBe(step > 0n);
      }),
    );
  });
});
