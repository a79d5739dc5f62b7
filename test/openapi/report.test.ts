import { describe, expect, it } from 'vitest';
import { CASES_MIN, faultsOf, type Report, summaryOf } from './report.ts';

const clean: Report = {
  running_time: 61.2,
  complete: true,
  exit_code: 0,
  seed: 7,
  operations: { total: 2, selected: 2, tested: 2 },
  phases: { fuzzing: { status: 'success' } },
  test_cases: { generated: CASES_MIN },
  failures: [],
  errors: [],
  valid_rates: { 'GET /': { coverage: { accepted: 1, conflicts: 0 } } },
  filtered: 0,
};

describe('the report of a run', () => {
  it('accepts a run that tried everything and found nothing', () => {
    expect(faultsOf(clean, 2)).toEqual([]);
    expect(summaryOf(clean)).toBe('2000 cases over 2 operations in 61 s, seed 7: fuzzing success');
  });

  it.each<[string, Partial<Report>, RegExp]>([
    [
      'found something',
      { failures: [{ code: 'ST101', title: 'Server error', operations: ['GET /'] }] },
      /Server error: GET/,
    ],
    ['tried too little', { test_cases: { generated: CASES_MIN - 1 } }, /1999 cases are fewer/],
    ['left an operation out', { operations: { total: 2, selected: 2, tested: 1 } }, /1 of 2 operations/],
    [
      'was refused everywhere in an operation',
      { valid_rates: { 'GET /': { coverage: { accepted: 0, conflicts: 0 } } } },
      /no valid request got through to GET/,
    ],
    ['did not end', { complete: false }, /did not come to its end/],
    ['failed by itself', { errors: [{}] }, /1 errors of the tool/],
    ['says no for a reason of its own', { exit_code: 1 }, /exit code 1/],
  ])('rejects a run that %s', (_, changes, fault) => {
    expect(faultsOf({ ...clean, ...changes }, 2)).toEqual([expect.stringMatching(fault)]);
  });
});
