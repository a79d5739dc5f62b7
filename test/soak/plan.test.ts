import { describe, expect, it } from 'vitest';
import { KIND_NAMES, KINDS, kindsOf, type Moment } from '../../soak/crowd/kinds.ts';
import { eventsOf, numberIn } from '../../soak/events.ts';
import { planKills } from '../../soak/kills.ts';
import { BadOption, readOptions } from '../../soak/options.ts';

describe('the command line of a soak', () => {
  it('defaults to two minutes with at least twenty kills', () => {
    const options = readOptions([], 5);
    expect(options).toEqual({ minutes: 2, rate: 30, kills: 22, endpoints: 16, seed: 5, keep: false, json: false });
  });

  it('has more kills in a longer run, unless --kills is given', () => {
    expect(readOptions(['--minutes', '10'], 1).kills).toBe(110);
    expect(readOptions(['--minutes', '10', '--kills', '3'], 1).kills).toBe(3);
  });

  it.each([
    [['--minutes', '0'], '--minutes 0: use a number from 0.1'],
    [['--minutes', 'two'], '--minutes two: use a number'],
    [['--rate', ''], '--rate : use a number from 1 to 500'],
    [['--kills', '2.5'], '--kills 2.5: use a whole number'],
    [['--kills', '41'], '--kills 41: use a whole number from 0 to 40'],
    [['--endpoints', '3'], `--endpoints 3: use a whole number from ${KINDS.length} to 200`],
    [['--seed', '-1'], '--seed'],
    [['--forever'], "Unknown option '--forever'"],
    [['extra'], "Unexpected argument 'extra'"],
  ])('is refused for %j', (args, message) => {
    expect(() => readOptions(args, 1)).toThrow(BadOption);
    expect(() => readOptions(args, 1)).toThrow(message);
  });
});

describe('the plan of a soak', () => {
  it('is the same for the same seed and different for another', () => {
    expect(planKills(1, 22, 120_000)).toEqual(planKills(1, 22, 120_000));
    expect(planKills(1, 22, 120_000)).not.toEqual(planKills(2, 22, 120_000));
    expect(eventsOf(1).dataOf(3)).toBe(eventsOf(1).dataOf(3));
  });

  it.each([1, 2, 3, 4, 5])('spreads the kills over the whole run, some of them into a start (seed %i)', (seed) => {
    const kills = planKills(seed, 200, 1_000_000);
    expect(kills).toHaveLength(200);
    expect(kills.map(({ atMs }) => atMs)).toEqual(kills.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
    expect(Math.max(...kills.map(({ atMs }) => atMs))).toBeLessThan(1_000_000);
    const intoStarts = kills.filter(({ whileStarting }) => whileStarting).length;
    expect(intoStarts).toBeGreaterThan(10);
    expect(intoStarts).toBeLessThan(60);
  });

  it('has one endpoint of each kind, and more of some', () => {
    expect(KINDS.map(({ name }) => name)).toEqual(KIND_NAMES);
    expect(new Set(kindsOf(KINDS.length))).toEqual(new Set(KINDS));
    const names = kindsOf(40).map(({ name }) => name);
    expect(names).toHaveLength(40);
    expect(names.filter((name) => name === 'everything')).toHaveLength(1);
    expect(names.filter((name) => name === 'flapping').length).toBeGreaterThan(3);
  });

  it('publishes data that contains its number', () => {
    const { dataOf } = eventsOf(1);
    expect(numberIn(`{"id":"evt_1","data":${dataOf(321)}}`)).toBe(321);
    expect(() => JSON.parse(dataOf(321))).not.toThrow();
    expect(Array.from({ length: 300 }, (_, n) => dataOf(n).length).some((length) => length > 65_000)).toBe(true);
  });
});

describe('the crowd', () => {
  const moment: Moment = { seed: 1, n: 0, copy: 1, sinceStartMs: 8_000, progress: 0.5, healed: false };
  const numbers = Array.from({ length: 200 }, (_, n) => n);
  const answers = (name: string, change: Partial<Moment>) => {
    const kind = KINDS.find((known) => known.name === name);
    return new Set(numbers.map((n) => JSON.stringify(kind?.answer({ ...moment, ...change, n }))));
  };

  it('answers 200 once the faults have ended, except for those that stay bad', () => {
    for (const { name, staysBad } of KINDS) {
      const afterwards = [...answers(name, { healed: true, progress: 1.2, copy: 2 })];
      const isGood = afterwards.every((answer) => answer.startsWith('{"status":200'));
      if (name !== 'dead port') expect({ name, isGood }).toEqual({ name, isGood: !staysBad });
    }
  });

  it('misbehaves until the faults end', () => {
    expect(answers('flapping', {})).toEqual(new Set(['{"status":503}', '"reset"']));
    expect(answers('flapping', { sinceStartMs: 1_000 })).toEqual(new Set(['{"status":200}']));
    expect(answers('picky', {})).toEqual(new Set(['{"status":500}', '{"status":200}']));
    expect(answers('hanging', {})).toEqual(new Set(['"hang"']));
    expect(answers('throttling', {})).toEqual(new Set(['{"status":429,"retryAfterSeconds":2}']));
    expect(answers('gone', { progress: 0.1 })).toEqual(new Set(['{"status":200}']));
    expect(answers('gone', {})).toEqual(new Set(['{"status":410}']));
  });
});
