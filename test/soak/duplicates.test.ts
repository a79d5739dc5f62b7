import { describe, expect, it } from 'vitest';
import { type Death, duplicatesIn, type Take } from '../../soak/account/duplicates.ts';

const TIMEOUT_MS = 5_000;
const killed: Death = { atMs: 10_000, goneMs: 10_030 };

/** A POST whose answer was sent, or whose connection ended without one. */
const answered = (arrivedMs: number, answeredMs: number): Take => ({ arrivedMs, answeredMs, endedMs: answeredMs });
const cutOff = (arrivedMs: number, endedMs: number): Take => ({ arrivedMs, answeredMs: undefined, endedMs });
const open = (arrivedMs: number): Take => ({ arrivedMs, answeredMs: undefined, endedMs: undefined });
/** The repeat, by the next process. */
const again = answered(12_500, 12_501);

const causes = (takes: readonly Take[], deaths: readonly Death[] = [killed]) =>
  duplicatesIn(takes, deaths, TIMEOUT_MS).map(({ cause }) => cause);

describe('a duplicate', () => {
  it('is no duplicate if the event was accepted once, or never', () => {
    expect(causes([])).toEqual([]);
    expect(causes([answered(9_000, 10_100)])).toEqual([]);
  });

  it.each([
    ['the receiver was working on', cutOff(9_000, 10_031)],
    ['was answered after the kill, to a process that was gone', answered(9_000, 10_001)],
    ['never got an answer', open(9_999)],
    ['had been sent, and was read while the process died', cutOff(10_020, 10_031)],
    ['had been sent, and was read just after the process was gone', cutOff(10_060, 10_061)],
  ])('of a POST that %s was open at the kill', (_, first) => {
    expect(duplicatesIn([first, again], [killed], TIMEOUT_MS)).toEqual([{ cause: 'open', death: killed }]);
  });

  it.each([
    ['being recorded, if the kill came just after its answer', 10_000, 'recording'],
    ['being recorded, if the kill came a moment after its answer', 9_980, 'recording'],
    ['unrecorded, if the kill came later', 9_979, 'unrecorded'],
  ])('of a POST that was answered before the kill was %s', (_, answeredMs, cause) => {
    expect(duplicatesIn([answered(9_900, answeredMs), again], [killed], TIMEOUT_MS)).toEqual([
      { cause, death: killed, answeredForMs: 10_000 - answeredMs },
    ]);
  });

  it('is not explained by a kill long after the answer, which should have been recorded by then', () => {
    expect(causes([answered(7_990, 8_000), again])).toEqual(['unrecorded']);
    expect(duplicatesIn([answered(7_989, 7_999), again], [killed], TIMEOUT_MS)).toEqual([
      { cause: 'unexplained', answeredForMs: 2_001 },
    ]);
  });

  it('is not explained by a kill before both POSTs, or after both', () => {
    expect(causes([answered(11_000, 11_001), again])).toEqual(['unexplained']);
    expect(causes([answered(9_000, 9_001), answered(9_002, 9_003)])).toEqual(['unexplained']);
    expect(causes([open(9_000), answered(9_002, 9_003)])).toEqual(['unexplained']);
    expect(causes([answered(9_000, 9_001), again], [])).toEqual(['unexplained']);
  });

  it('of a POST whose connection the product closed without a reason is not explained', () => {
    expect(causes([cutOff(4_000, 4_500), again])).toEqual(['unexplained']);
  });

  it.each([
    ['was answered after its timeout', answered(1_000, 6_100)],
    ['was given up at its timeout', cutOff(1_000, 5_990)],
  ])('of a POST that %s is late', (_, first) => {
    expect(causes([first, answered(9_000, 9_001)])).toEqual(['late']);
  });

  it('has its cause in the POST before it, however late it comes', () => {
    const other: Death = { atMs: 20_000, goneMs: 20_030 };
    const takes = [cutOff(9_990, 10_031), answered(19_000, 19_997), answered(60_000, 60_001), answered(60_500, 60_501)];
    expect(causes(takes.toReversed(), [killed, other])).toEqual(['open', 'recording', 'unexplained']);
  });
});
