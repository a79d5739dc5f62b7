import { PROMISES, type Promised } from './checks/judge.ts';
import { REACHED } from './engine/limits.ts';
import type { Outcome } from './simulation.ts';

/** The totals of many seeds, as plain data to pass between threads. */
export interface Totals {
  seeds: number;
  steps: number;
  counts: Record<string, number>;
  faults: Record<string, number>;
  checks: Record<string, number>;
  excused: Record<string, number>;
  profiles: Record<string, number>;
  /** The first seeds that broke a promise. */
  broken: number[];
}

export const noTotals = (): Totals => ({
  seeds: 0,
  steps: 0,
  counts: {},
  faults: {},
  checks: {},
  excused: {},
  profiles: {},
  broken: [],
});

const BROKEN_KEPT = 20;

function addTo(sums: Record<string, number>, more: Iterable<readonly [string, number]>): void {
  for (const [name, count] of more) sums[name] = (sums[name] ?? 0) + count;
}

export function addOutcome(totals: Totals, outcome: Outcome): void {
  totals.seeds += 1;
  totals.steps += outcome.steps;
  addTo(totals.counts, Object.entries(outcome.counts));
  addTo(totals.faults, outcome.faults);
  addTo(totals.checks, outcome.checks);
  addTo(totals.excused, outcome.excused);
  addTo(totals.profiles, [[outcome.profile, 1]]);
  if (outcome.violation !== undefined && totals.broken.length < BROKEN_KEPT) totals.broken.push(outcome.seed);
}

export function addTotals(totals: Totals, more: Totals): void {
  totals.seeds += more.seeds;
  totals.steps += more.steps;
  for (const name of ['counts', 'faults', 'checks', 'excused', 'profiles'] as const) {
    addTo(totals[name], Object.entries(more[name]));
  }
  totals.broken = [...totals.broken, ...more.broken].sort((one, other) => one - other).slice(0, BROKEN_KEPT);
}

const number = (value: number) => value.toLocaleString('en-US');

function list(title: string, sums: Record<string, number>, nameOf = (name: string) => name): string[] {
  const rows = Object.entries(sums).sort(([, one], [, other]) => other - one);
  const width = Math.max(0, ...rows.map(([, count]) => number(count).length));
  return [title, ...rows.map(([name, count]) => `  ${number(count).padStart(width)}  ${nameOf(name)}`)];
}

const isReached = (name: string) => REACHED.some((reached) => reached === name);

const isPromised = (name: string): name is Promised => name in PROMISES;

/** The totals as text. */
export function reportOf(totals: Totals, seconds: number): string {
  const { seeds, steps, counts, faults, checks, excused, profiles } = totals;
  return [
    ...list('What happened', { ...counts, steps }),
    ...list('Faults', Object.fromEntries(Object.entries(faults).filter(([name]) => !isReached(name)))),
    ...list('Limits reached', Object.fromEntries(REACHED.map((name) => [name, faults[name] ?? 0]))),
    ...list('Checked', checks, (name) => (isPromised(name) ? `${name}: ${PROMISES[name]}` : name)),
    ...list('Second POSTs with a cause', excused),
    ...list('Seeds by profile', profiles),
    `${number(seeds)} seeds in ${seconds.toFixed(1)} s: ${(seeds / seconds).toFixed(1)} seeds per second`,
  ].join('\n');
}
