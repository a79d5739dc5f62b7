import { stages } from '../lib/stage.ts';
import type { CaseCalls } from './calls.ts';
import type { CaseName } from './cases.ts';
import type { ColdImport } from './cold-start.ts';
import type { CpuReport } from './cpu.ts';
import type { HostileReport } from './hostile.ts';
import type { LargeBodiesRow } from './large-bodies.ts';
import type { LargestRow } from './largest.ts';
import type { FiltersReport } from './local/filters.ts';
import type { IsolationReport } from './local/isolation.ts';
import type { WideReport } from './local/wide.ts';
import type { NamesReport } from './names.ts';
import { FUNCTION_NAMES, type FunctionName } from './product.ts';
import { concurrencyFor, MILLION_A_MINUTE, type StatsRow } from './stats.ts';
import type { StepCost } from './steps.ts';

/** One figure and its budget. */
export interface Row {
  readonly what: string;
  readonly measured: number;
  readonly unit: string;
  /** null: for information only. */
  readonly budget: number | null;
}

/** Whether a figure is within its budget. */
export const isWithin = ({ measured, budget }: Row): boolean => budget === null || measured <= budget;

export const row = (what: string, measured: number, unit: string, budget: number | null = null): Row => ({
  what,
  measured,
  unit,
  budget,
});

const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'].map((name) => `DynamoDB.${name}`);
const READS = ['GetItem', 'BatchGetItem', 'Query'].map((name) => `DynamoDB.${name}`);

/** Sums over the operations of a case. */
function sums({ operations, items }: CaseCalls) {
  const named = Object.entries(operations);
  const calls = (wanted: (name: string) => boolean) =>
    named.reduce((sum, [name, tally]) => sum + (wanted(name) ? tally.calls : 0), 0);
  return {
    items,
    calls,
    all: calls(() => true),
    reads: calls((name) => READS.includes(name)),
    writes: calls((name) => WRITES.includes(name)),
    readUnits: named.reduce((sum, [, tally]) => sum + tally.readUnits, 0),
    writeUnits: named.reduce((sum, [, tally]) => sum + tally.writeUnits, 0),
  };
}

/** AWS calls and units. */
export function callRows(calls: Readonly<Record<CaseName, CaseCalls>>): Row[] {
  return [...ingestRows(calls), ...fanoutRows(calls), ...deliverRows(calls)];
}

function ingestRows(calls: Readonly<Record<CaseName, CaseCalls>>): Row[] {
  const one = sums(calls['ingest-one']);
  const list = sums(calls['ingest-100']);
  const keyed = sums(calls['ingest-100-keys']);
  return [
    row(
      'ingest one: S3 puts',
      one.calls((name) => name === 'S3.PutObject'),
      'calls',
      1,
    ),
    row(
      'ingest one: DynamoDB puts',
      one.calls((name) => name === 'DynamoDB.PutItem'),
      'calls',
      1,
    ),
    row(
      'ingest one: PutEvents',
      one.calls((name) => name === 'EventBridge.PutEvents'),
      'calls',
      1,
    ),
    row('ingest one: all calls', one.all, 'calls', 3),
    row('ingest one: sequential round trips', calls['ingest-one'].roundTrips, 'trips', 2),
    row('ingest one: write units', one.writeUnits, 'WRU'),
    row('ingest 100: all calls per event', list.all / list.items, 'calls'),
    row('ingest 100: write units per event', list.writeUnits / list.items, 'WRU'),
    row('ingest 100 with keys: all calls per event', keyed.all / keyed.items, 'calls'),
    row('ingest 100 with keys: write units per event', keyed.writeUnits / keyed.items, 'WRU'),
  ];
}

function fanoutRows(calls: Readonly<Record<CaseName, CaseCalls>>): Row[] {
  const one = sums(calls['fanout-1-of-50']);
  const more = sums(calls['fanout-21-of-50']);
  const furtherDeliveries = 20 * one.items;
  return [
    row('fan-out, 50 subscriptions: read calls per event', one.reads / one.items, 'calls', 1),
    row('fan-out, 50 subscriptions: read units per event', one.readUnits / one.items, 'RRU'),
    row('fan-out, 1 endpoint: write units per event', one.writeUnits / one.items, 'WRU'),
    row('fan-out: writes per further delivery', (more.writes - one.writes) / furtherDeliveries, 'calls', 0),
    row('fan-out: SQS calls per further delivery', (more.all - one.all) / furtherDeliveries, 'calls'),
  ];
}

function deliverRows(calls: Readonly<Record<CaseName, CaseCalls>>): Row[] {
  const names = ['deliver-1-endpoint', 'deliver-10-endpoints', 'deliver-near-60-kb', 'deliver-long-answer'] as const;
  return names.flatMap((name) => {
    const seen = sums(calls[name]);
    const title = name.replaceAll('-', ' ');
    return [
      row(`${title}: read units per delivery`, seen.readUnits / seen.items, 'RRU', 1),
      row(`${title}: write units per delivery`, seen.writeUnits / seen.items, 'WRU', 2),
      row(`${title}: read calls per batch`, seen.reads, 'calls', 1),
      row(
        `${title}: S3 reads`,
        seen.calls((call) => call === 'S3.GetObject'),
        'calls',
        0,
      ),
      row(
        `${title}: KMS calls`,
        seen.calls((call) => call.startsWith('KMS.')),
        'calls',
        0,
      ),
      row(
        `${title}: SQS sends per batch, its tallies`,
        seen.calls((call) => call.startsWith('SQS.')),
        'calls',
        1,
      ),
      row(`${title}: all calls per delivery`, seen.all / seen.items, 'calls'),
    ];
  });
}

/** CPU costs. */
export function cpuRows({ putMs, cases }: CpuReport): Row[] {
  const puts = (name: keyof typeof cases) => cases[name].puts;
  const further = (name: keyof typeof cases, endpoints: number) => (puts(name) - puts('fanout-1-of-50')) / endpoints;
  return [
    row('one bare PutItem: the reference', putMs, 'ms'),
    row('ingest one: per event', puts('ingest-one'), 'puts', 4.5),
    row('ingest 100: per event', puts('ingest-100'), 'puts', 1),
    row('ingest 100 with keys: per event', puts('ingest-100-keys'), 'puts', 2),
    row('fan-out, 1 subscription, 1 endpoint: per event', puts('fanout-1-of-1'), 'puts', 3),
    row('fan-out, 50 subscriptions, 1 endpoint: per event', puts('fanout-1-of-50'), 'puts', 3),
    row('fan-out: per further endpoint, of 21', further('fanout-21-of-50', 20), 'puts', 0.3),
    row('fan-out: per further endpoint, of 50', further('fanout-50-of-50', 49), 'puts', 0.3),
    row('deliver, 1 endpoint: per delivery', puts('deliver-1-endpoint'), 'puts', 2),
    row('deliver, 10 endpoints: per delivery', puts('deliver-10-endpoints'), 'puts', 2),
  ];
}

const BUNDLE_KB_MAX = 700;
const API_BUNDLE_KB_MAX = 900;
const IMPORT_MS_MAX = 200;
const API_IMPORT_MS_MAX = 250;

/** Bundle sizes. */
export function bundleRows(bytes: Readonly<Record<FunctionName, number>>): Row[] {
  const limit = (name: FunctionName) => (name === 'api' ? API_BUNDLE_KB_MAX : BUNDLE_KB_MAX);
  return FUNCTION_NAMES.map((name) => row(`${name}: bundle`, bytes[name] / 1024, 'KB', limit(name)));
}

/** Import times. */
export function coldStartRows(imports: Readonly<Record<FunctionName, ColdImport>>): Row[] {
  const limit = (name: FunctionName) => (name === 'api' ? API_IMPORT_MS_MAX : IMPORT_MS_MAX);
  return FUNCTION_NAMES.map((name) => row(`${name}: cold import`, imports[name].importMs, 'ms', limit(name)));
}

/** What bad endpoints may add to the p95 of a healthy one: half of it, or 8 ms, whichever is more. */
const BESIDE_FACTOR = 1.5;
const BESIDE_MORE_MS = 8;
/** A slow baseline would hide what they add. */
const ALONE_P50_MS_MAX = 15;

/** The effect of bad endpoints on a healthy one. */
export function isolationRows({ alone, beside, lost }: IsolationReport): Row[] {
  const besideMax = Math.max(BESIDE_FACTOR * alone.p95, alone.p95 + BESIDE_MORE_MS);
  return [
    row('healthy endpoint: p50 alone', alone.p50, 'ms', ALONE_P50_MS_MAX),
    row('healthy endpoint: p95 alone', alone.p95, 'ms'),
    row('healthy endpoint: p95 beside bad ones', beside.p95, 'ms', besideMax),
    row('healthy endpoint: p95 beside bad ones / alone', beside.p95 / alone.p95, 'x'),
    row('healthy endpoint: events lost', lost, 'events', 0),
  ];
}

/** Step limits bound a filter's time only if every kind of step takes about as long. */
export function stepRows(costs: readonly StepCost[]): Row[] {
  const [ordinary, ...others] = costs.map(({ nsPerStep }) => nsPerStep);
  if (ordinary === undefined) throw new Error('There is no case to compare with.');
  return [
    row('a step of an ordinary filter', ordinary, 'ns'),
    row('a step of the costliest kind of work / an ordinary one', Math.max(...others) / ordinary, 'x', 3),
  ];
}

const LARGEST_PEAK_MB_MAX = 350;
/** Seconds; the fan-out times out after 30. */
const LARGEST_SECONDS_MAX = 26;

/** Memory and time of the largest bodies. */
export function largeBodyRows(rows: readonly LargeBodiesRow[]): Row[] {
  return [
    row('large bodies: peak memory', Math.max(...rows.map(({ peakMb }) => peakMb)), 'MB', 450),
    row('large bodies: longest invocation', Math.max(...rows.map(({ seconds }) => seconds)), 's', 58),
  ];
}

/** Memory and time of the largest batches. None may end without progress. */
export function largestRows(rows: readonly LargestRow[]): Row[] {
  return [
    row('largest batches: peak memory', Math.max(...rows.map(({ peakMb }) => peakMb)), 'MB', LARGEST_PEAK_MB_MAX),
    row(
      'largest batches: longest invocation',
      Math.max(...rows.map(({ seconds }) => seconds)),
      's',
      LARGEST_SECONDS_MAX,
    ),
    row(
      'largest batches: invocations without progress',
      rows.filter(({ events }) => events === 0).length,
      'invocations',
      0,
    ),
  ];
}

const STATS_PEAK_MB_MAX = 350;
/** Events a second that the product is made for; each may be to another endpoint. */
const EVENTS_PER_SECOND = 1_667;

/** What the mapping of the statistics queue needs. */
export function statsRows(rows: readonly StatsRow[]): Row[] {
  const { concurrencyMax } = stages.prod.statsQueue;
  return [
    row('statistics: endpoint-hours a second, one invocation', Math.min(...rows.map((of) => of.perSecond)), '1/s'),
    row('statistics: peak memory', Math.max(...rows.map(({ peakMb }) => peakMb)), 'MB', STATS_PEAK_MB_MAX),
    row(
      'statistics: invocations at a time for 1,667 endpoint-hours a second',
      concurrencyFor(EVENTS_PER_SECOND, rows),
      'invocations',
      concurrencyMax,
    ),
    row(
      'statistics: invocations at a time for 1,000,000 endpoints in each minute',
      concurrencyFor(MILLION_A_MINUTE, rows),
      'invocations',
      concurrencyMax,
    ),
  ];
}

const HOSTILE_OVER_IDLE_MB_MAX = 128;
const HOSTILE_SLOWEST_MS_MAX = 1_000;
/** Measured: 1.5 to 1.8, headers that drip. Floods of interim answers took four times before they were bounded. */
const HOSTILE_CPU_RATIO_MAX = 3;

/** What hostile receivers may cost the function, and healthy deliveries in the same batch. */
export function hostileRows(report: HostileReport): Row[] {
  const { besideSilent, besideHostile, slowestMs, missed, overIdleMb, cpuRatio } = report;
  return [
    row('hostile receivers: peak memory over idle', overIdleMb, 'MB', HOSTILE_OVER_IDLE_MB_MAX),
    row("a healthy delivery's p95 beside silent receivers", besideSilent.p95, 'ms'),
    row('its p95 beside hostile ones / beside silent ones', besideHostile.p95 / besideSilent.p95, 'x', 2),
    row('CPU of the costliest batch / of one beside silent ones', cpuRatio, 'x', HOSTILE_CPU_RATIO_MAX),
    row('the slowest healthy delivery', slowestMs, 'ms', HOSTILE_SLOWEST_MS_MAX),
    row('healthy deliveries that did not arrive at their first attempt', missed, 'deliveries', 0),
  ];
}

export function filterRows({ ratio, lost }: FiltersReport): Row[] {
  return [
    row("a tenant's p95 beside another's worst filters / p95 alone", ratio, 'x', 1.2),
    row('that tenant: events lost', lost, 'events', 0),
  ];
}

export function wideRows({ ratio, widePerSecond, lost }: WideReport): Row[] {
  return [
    row("a tenant's p95 beside another's 38,000 deliveries / p95 alone", ratio, 'x', 3),
    row("the other tenant's deliveries a second, alone", widePerSecond.alone, '/s'),
    row("the other tenant's deliveries a second, beside", widePerSecond.beside, '/s'),
    row('both tenants: deliveries lost', lost, 'deliveries', 0),
  ];
}

export function nameRows({ ratio, failed }: NamesReport): Row[] {
  return [
    row('a POST to a name: p95 beside 64 names that hang / p95 alone', ratio, 'x', 1.2),
    row('such POSTs that failed', failed, 'POSTs', 0),
  ];
}
