import { LAST_WITHIN_MS, simulateHour } from './hour.ts';
import { addOutcome, noTotals, reportOf } from './report.ts';

/*
 * npm run simulate:hour
 * An hour in which the fan-out fails at 1,667 events a second, at a scale of 1:100; exits 1 if a promise breaks or the last delivery
 * takes too long.
 */

const SCALE = 100;

const startedAt = performance.now();
const outcome = await simulateHour(SCALE);
const totals = noTotals();
addOutcome(totals, outcome);
console.log(reportOf(totals, (performance.now() - startedAt) / 1000));
const { violation, counts, lastPostMs } = outcome;
const minutes = (ms: number) => Math.round(ms / 60_000);
console.log(
  `${counts.delivered} of ${counts.deliveries} deliveries of ${counts.events} events are delivered, the last ${minutes(lastPostMs)} minutes after the fan-out worked again (at most ${minutes(LAST_WITHIN_MS)}).`,
);
if (violation !== undefined) console.log(`Broken promise: ${violation.promise}: ${violation.text}`);
if (violation !== undefined || lastPostMs > LAST_WITHIN_MS) process.exitCode = 1;
