import * as z from 'zod';

/** Least number of requests in a run. */
export const CASES_MIN = 2_000;

/** The relevant parts of schemathesis' JSON report. */
export const report = z.object({
  running_time: z.number(),
  complete: z.boolean(),
  exit_code: z.number(),
  seed: z.number(),
  operations: z.object({ total: z.number(), selected: z.number(), tested: z.number() }),
  phases: z.record(z.string(), z.object({ status: z.string() })),
  test_cases: z.object({ generated: z.number() }),
  failures: z.array(z.object({ code: z.string(), title: z.string(), operations: z.array(z.string()) })),
  errors: z.array(z.unknown()),
  /** The outcome of valid requests, by operation and phase. */
  valid_rates: z.record(z.string(), z.record(z.string(), z.object({ accepted: z.number(), conflicts: z.number() }))),
  filtered: z.unknown(),
});
export type Report = z.output<typeof report>;

/** What is wrong with a run; empty if nothing is. */
export function faultsOf(run: Report, operations: number): string[] {
  const { operations: covered, test_cases: cases, failures, errors, complete, exit_code: exitCode } = run;
  const faults = failures.map((one) => `${one.code} ${one.title}: ${one.operations.join(', ')}`);
  if (errors.length > 0) faults.push(`${errors.length} errors of the tool itself`);
  if (!complete) faults.push('the run did not come to its end');
  if (covered.tested !== operations) faults.push(`${covered.tested} of ${operations} operations were tried`);
  const unreached = Object.entries(run.valid_rates).filter(([, phases]) => !isReached(Object.values(phases)));
  faults.push(...unreached.map(([operation]) => `no valid request got through to ${operation}`));
  if (cases.generated < CASES_MIN) faults.push(`${cases.generated} cases are fewer than ${CASES_MIN}`);
  if (faults.length === 0 && exitCode !== 0) faults.push(`schemathesis ended with exit code ${exitCode}`);
  return faults;
}

/** Whether some valid request succeeded. */
function isReached(phases: { accepted: number; conflicts: number }[]): boolean {
  return phases.some(({ accepted, conflicts }) => accepted + conflicts > 0);
}

/** A summary line. */
export function summaryOf({ operations, test_cases: cases, phases, running_time: seconds, seed }: Report): string {
  const passed = Object.entries(phases).map(([name, { status }]) => `${name} ${status}`);
  return `${cases.generated} cases over ${operations.tested} operations in ${Math.round(seconds)} s, seed ${seed}: ${passed.join(', ')}`;
}
