import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { DataCheck, DataFault, SchemaChecker, Verdict } from '../../core/event-types/json-schema.ts';
import { bounded, isExpense } from './bounded.ts';
import { faultsOf } from './faults.ts';
import { compile, loadLibrary, type MakeCompiler } from './library.ts';
import { createPreparer, type Prepared } from './prepared.ts';

/** Time limits of checking, in ms. */
export interface CheckerTimes {
  /** To compile all schemas of a call: well above the limit of examining one. */
  preparation: number;
  /** To check all values of a call. */
  check: number;
  /** To find further faults of all invalid values. */
  details: number;
}

const TIMES: CheckerTimes = { preparation: 4_000, check: 1_000, details: 500 };

/** Values up to this size, in characters of JSON, get all their faults reported; larger ones only the first. */
const DETAILED_MAX = 64 * 1024;
/** Maximum faults reported for one value. */
const FAULTS_MAX = 20;

/** Validates data with Ajv. */
export function createSchemaChecker(times: CheckerTimes = TIMES): SchemaChecker {
  const prepare = createPreparer(times.preparation);
  return {
    async check(checks) {
      const ready = await prepare(checks);
      const verdicts = verdictsOf(checks, ready, times.check);
      return detailed(checks, { ready, verdicts, library: await loadLibrary(), timeMs: times.details });
    },
  };
}

/** Checks all values in one bounded run. Values that it does not reach are too expensive. */
function verdictsOf(checks: DataCheck[], ready: Prepared[], timeMs: number): Verdict[] {
  const verdicts = checks.map((): Verdict => 'too_expensive');
  bounded(() => {
    for (const [at, { data }] of checks.entries()) verdicts[at] = verdictOf(ready[at], data);
  }, timeMs);
  return verdicts;
}

function verdictOf(one: Prepared | undefined, data: unknown): Verdict {
  if (one === undefined) throw new Error('Every check must have a compiled schema.');
  if (one.verdict === undefined) return 'unusable';
  try {
    return one.verdict(data) === true ? [] : faultsOf(one.verdict.errors);
  } catch (fault) {
    // Out of stack: this value is nested too deeply for its schema, but the next one may not be.
    if (isExpense(fault)) return 'too_expensive';
    throw fault;
  }
}

interface Checked {
  ready: Prepared[];
  verdicts: Verdict[];
  library: MakeCompiler;
  timeMs: number;
}

/** Finds all faults, instead of the first, of invalid values that are small enough, within the time limit. */
function detailed(checks: DataCheck[], { ready, verdicts, library, timeMs }: Checked): Verdict[] {
  const until = performance.now() + timeMs;
  return verdicts.map((first, at) => {
    const [one, check] = [ready[at], checks[at]];
    const leftMs = until - performance.now();
    if (typeof first === 'string' || first.length === 0 || !one || !check || leftMs <= 0) return first;
    if (one.details === undefined) {
      const outcome = compile(check.schema, library, { timeMs: leftMs, allErrors: true });
      if (outcome === 'too_expensive') return first;
      one.details = outcome.result;
    }
    return allFaults(one.details, check.data, until - performance.now()) ?? first;
  });
}

function allFaults(validate: ValidateFunction, data: unknown, timeMs: number): DataFault[] | undefined {
  const outcome = bounded(() => {
    if (JSON.stringify(data).length > DETAILED_MAX || validate(data) === true) return undefined;
    return faultsOf(validate.errors?.slice(0, FAULTS_MAX));
  }, timeMs);
  return outcome === 'too_expensive' ? undefined : outcome.result;
}
