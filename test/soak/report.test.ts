import { describe, expect, it } from 'vitest';
import type { Account, Tally } from '../../soak/account/account.ts';
import type { Cause, Duplicate } from '../../soak/account/duplicates.ts';
import { exitCodeOf, quantile, type Result, reportJson, reportText } from '../../soak/account/report.ts';

const tally: Tally = {
  owed: 100,
  delivered: 90,
  dead: 6,
  discarded: { endpoint_deleted: 4 },
  unaccounted: 0,
  duplicates: { open: 3, recording: 0, unrecorded: 0, late: 1, unexplained: 0 },
  notOwed: 3,
};
const sound: Account = {
  total: tally,
  byKind: new Map([['healthy', tally]]),
  unaccounted: [],
  unfinished: [],
  duplicates: [],
};
const loss = { n: 7, eventId: 'evt_7', endpointId: 'ep_1', endpoint: 'healthy #1', why: 'the API says pending' };

function resultOf(account: Account, flaws: readonly string[] = []): Result {
  return {
    account,
    flaws: { count: flaws.length, first: flaws },
    run: {
      seed: 1,
      published: 120,
      acknowledged: 100,
      unanswered: 20,
      repeats: 5,
      posts: 140,
      kills: 22,
      restarts: 22,
      crashes: 0,
      upShare: 0.755,
      publishMs: { p50: 12.3, p95: 45.6 },
      redrives: 1,
      deadLetters: { total: 6, stray: 0, unreadable: 0 },
      publishedFor: 120,
      settledIn: 60,
      accountedIn: 3,
    },
  };
}

/** An account of this many deliveries, with this many duplicates of a cause. */
function withDuplicates(cause: Cause, count: number, delivered: number): Account {
  const named = { n: 7, eventId: 'evt_7', endpointId: 'ep_1', endpoint: 'healthy #1' };
  const death = { atMs: 1_000, goneMs: 1_010 };
  const duplicate: Duplicate =
    cause === 'late' ? { cause } : cause === 'open' ? { cause, death } : { cause, death, answeredForMs: 70 };
  const total = { ...tally, delivered, duplicates: { ...tally.duplicates, [cause]: count } };
  return { ...sound, total, duplicates: Array.from({ length: count }, () => ({ ...named, ...duplicate })) };
}

describe('the exit code of a soak', () => {
  it('is 0 when everything is accounted for', () => {
    expect(exitCodeOf(resultOf(sound))).toBe(0);
  });

  it.each([
    ['one delivery is unaccounted', resultOf({ ...sound, unaccounted: [loss] })],
    ['one delivery is not finished', resultOf({ ...sound, unfinished: [loss] })],
    ['one signature was wrong', resultOf(sound, ['healthy #1 received event evt_1: the signature is wrong'])],
  ])('is 1 when %s', (_, result) => {
    expect(exitCodeOf(result)).toBe(1);
  });

  it.each(['open', 'recording', 'late'] as const)('is 0 however many duplicates are %s', (cause) => {
    expect(exitCodeOf(resultOf(withDuplicates(cause, 900, 10_000)))).toBe(0);
  });

  it('is 1 for more than 5 unrecorded answers per 10,000 deliveries; a short run may have one', () => {
    const exitCode = (count: number, delivered: number) =>
      exitCodeOf(resultOf(withDuplicates('unrecorded', count, delivered)));
    expect([exitCode(5, 10_000), exitCode(6, 10_000)]).toEqual([0, 1]);
    expect([exitCode(1, 90), exitCode(2, 90)]).toEqual([0, 1]);
  });

  it('is 1 for one unexplained duplicate', () => {
    expect(exitCodeOf(resultOf(withDuplicates('unexplained', 1, 10_000)))).toBe(1);
  });
});

describe('the report', () => {
  it('shows the result', () => {
    const text = reportText(resultOf(sound));
    expect(text).toMatch(/^healthy +100 +90 +6 +4 +0 +4 +3$/m);
    expect(text).toMatch(/^ +endpoint_deleted +4$/m);
    expect(text).toMatch(/^publish p50 \/ p95 +12 \/ 46 ms$/m);
    expect(text).toMatch(/^ok /m);
    expect(text).not.toContain('UNACCOUNTED');
  });

  it('lists every unaccounted delivery, with what the API says about it, and every flaw', () => {
    const text = reportText(resultOf({ ...sound, unaccounted: [loss] }, ['a changed byte']));
    expect(text).toContain('UNACCOUNTED: 1\n  event evt_7, number 7, to healthy #1 (ep_1): the API says pending');
    expect(text).toContain('FLAWS: 1\n  a changed byte');
    expect(text).toContain('FAIL  1 unaccounted, 0 unfinished, 1 flaws');
  });

  it('tells duplicates apart by their cause', () => {
    const open = reportText(resultOf(withDuplicates('open', 44, 10_000)));
    expect(open).toMatch(/^duplicates: the POST was open at a kill +44$/m);
    expect(open).toMatch(/^ +per kill, mean \/ most +2\.0 \/ 44$/m);
    const unrecorded = reportText(resultOf(withDuplicates('unrecorded', 6, 10_000)));
    expect(unrecorded).toMatch(/^ +per 10,000 deliveries \(limit 5\) +6\.0$/m);
    expect(unrecorded).toMatch(/^ +from the answer to the kill, median \/ most +70 \/ 70 ms$/m);
    expect(unrecorded).toContain('FAIL  0 unaccounted, 0 unfinished, 0 flaws, 1 duplicates too many');
    const unexplained = reportText(resultOf(withDuplicates('unexplained', 1, 10_000)));
    expect(unexplained).toContain(
      'UNEXPLAINED DUPLICATES: 1\n  event evt_7, number 7, to healthy #1 (ep_1): accepted again',
    );
  });

  it('is also available as JSON', () => {
    expect(JSON.parse(reportJson(resultOf({ ...sound, unaccounted: [loss] })))).toMatchObject({
      passed: false,
      total: { owed: 100, duplicates: { open: 3 } },
      duplicatesPer10000: { open: expect.closeTo(333.3, 1), unexplained: 0 },
      duplicates: [],
      byKind: { healthy: { delivered: 90 } },
      unaccounted: [loss],
      run: { kills: 22 },
    });
  });
});

describe('a quantile', () => {
  it('is the value below which that share of the values lies', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([quantile(values, 0.5), quantile(values, 0.95), quantile(values, 1)]).toEqual([51, 96, 100]);
    expect(quantile([], 0.5)).toBeNaN();
  });
});
