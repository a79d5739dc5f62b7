import type { HostileReport } from './hostile.ts';
import type { LargeBodiesRow } from './large-bodies.ts';
import type { LargestRow } from './largest.ts';
import type { FiltersReport } from './local/filters.ts';
import { type IsolationReport, PER_SECOND } from './local/isolation.ts';
import type { LoadResult, LocalReport } from './local/measure.ts';
import { type Percentiles, percentiles } from './local/percentiles.ts';
import type { WideReport } from './local/wide.ts';
import { HANGING, type NamesReport } from './names.ts';
import type { PortalReport } from './portal/measure.ts';
import type { StatsRow } from './stats.ts';
import type { StepCost } from './steps.ts';
import { print } from './table.ts';

/* What each part of the bench measured, as tables. */

export function printSteps(costs: readonly StepCost[]): void {
  print(
    ['filter', 'steps', 'ns per step'],
    costs.map(({ name, steps, nsPerStep }) => [name, steps.toFixed(0), nsPerStep.toFixed(1)]),
  );
}

export function printLargest(rows: readonly LargestRow[]): void {
  printCapped(
    'fan-out',
    'events done',
    rows.map(({ events, ...of }) => ({ ...of, done: events })),
  );
}

export function printLargeBodies(rows: readonly LargeBodiesRow[]): void {
  printCapped(
    'deliver',
    'POSTs',
    rows.map(({ posts, ...of }) => ({ ...of, done: posts })),
  );
}

interface Capped {
  batch: string;
  done: number;
  of: number;
  seconds: number;
  peakMb: number;
}

function printCapped(name: string, work: string, rows: readonly Capped[]): void {
  print(
    [`${name} at 512 MB and 0.29 of a core`, work, 'of', 'seconds', 'peak RSS MB'],
    rows.map(({ batch, done, of, seconds, peakMb }) => [
      batch,
      ...[done, of].map(String),
      seconds.toFixed(1),
      peakMb.toFixed(0),
    ]),
  );
}

export function printHostile({ rows, besideSilent, besideHostile }: HostileReport): void {
  print(
    ['beside 80 receivers that', 'healthy ms, median', 'slowest', 'missed', 'seconds', 'CPU s', 'MB over idle'],
    rows.map(({ receivers, healthyMs, missed, ...of }) => [
      receivers,
      ...[percentiles(healthyMs).p50, Math.max(...healthyMs)].map((ms) => ms.toFixed(0)),
      String(missed),
      ...[of.seconds, of.cpuSeconds].map((seconds) => seconds.toFixed(2)),
      of.overIdleMb.toFixed(0),
    ]),
  );
  print(
    ['healthy deliveries', 'ms p50', 'p95', 'p99'],
    [percentileLine('beside silent receivers', besideSilent), percentileLine('beside hostile ones', besideHostile)],
  );
}

export function printStats(rows: readonly StatsRow[]): void {
  print(
    [
      'statistics at 512 MB and 0.29 of a core',
      'messages',
      'endpoint-hours',
      'seconds',
      'CPU s',
      'a second',
      'peak RSS MB',
    ],
    rows.map(({ batch, ...of }) => [
      batch,
      ...[of.messages, of.endpointHours, of.seconds, of.cpuSeconds, of.perSecond, of.peakMb].map((value) =>
        value.toFixed(0),
      ),
    ]),
  );
}

export function printFilters({ alone, beside, lost }: FiltersReport): void {
  print(
    ['one tenant, 20/s', 'to receipt ms p50', 'p95', 'p99'],
    [percentileLine('alone', alone), percentileLine('next to 20 endpoints with the worst filters', beside)],
  );
  console.log(`lost: ${lost}`);
}

export function printWide({ alone, beside, samples }: WideReport): void {
  print(
    ['one tenant, 5/s', 'to receipt ms p50', 'p95', 'p99', 'samples'],
    [
      [...percentileLine('alone', alone), String(samples.alone)],
      [...percentileLine("next to another's 19 events for 2,000 endpoints", beside), String(samples.beside)],
    ],
  );
}

export function printNames({ alone, beside, samples, hanging }: NamesReport): void {
  print(
    ['a POST to a name of its own, 50/s', 'ms p50', 'p95', 'p99', 'samples'],
    [
      [...percentileLine('alone', alone), String(samples)],
      [...percentileLine(`next to ${HANGING} names that hang`, beside), String(samples)],
    ],
  );
  const ends = Object.entries(hanging).map(([ended, times]) => `${times} ${ended}`);
  console.log(`POSTs to names that hang: ${ends.join(', ')}`);
}

function percentileLine(name: string, { p50, p95, p99 }: Percentiles): string[] {
  return [name, ...[p50, p95, p99].map((ms) => ms.toFixed(1))];
}

export function printIsolation(report: IsolationReport): void {
  const { alone, beside, samples, thirds, cores, postsToBad, eventsForBad, lost } = report;
  print(
    [`a healthy endpoint, ${PER_SECOND}/s`, 'to receipt ms p50', 'p95', 'p99', 'samples'],
    [
      [...percentileLine('alone', alone), String(samples.alone)],
      [
        ...percentileLine(`next to one that hangs and one that fails, ${PER_SECOND}/s each`, beside),
        String(samples.beside),
      ],
      ...thirds.map((third, at) => [...percentileLine(`  third ${at + 1} of the time`, third), '']),
    ],
  );
  console.log(`the bad endpoints got ${postsToBad} POSTs for ${eventsForBad} events; the healthy one lost ${lost}`);
  console.log(`the product took ${cores.toFixed(2)} cores beside them`);
}

export function printLocal({ startSeconds, idle, open, closed }: LocalReport): void {
  const line = (name: string, load: LoadResult) => [
    name,
    ...[load.publishMs, load.latencyMs].map(({ p50, p95, p99 }) =>
      [p50, p95, p99].map((ms) => ms.toFixed(1)).join(' / '),
    ),
    ...[load.eventsPerSecond, load.cpuSeconds, (load.cpuSeconds * 1000) / load.events].map((value) => value.toFixed(1)),
    `${load.lost} / ${load.duplicates}`,
    load.rssMb.toFixed(0),
  ];
  const head = [
    'local product',
    'publish ms p50/95/99',
    'to receipt ms p50/95/99',
    'events/s',
    'CPU s',
    'CPU ms/event',
  ];
  print(
    [...head, 'lost / twice', 'RSS MB'],
    [line('open loop, 50/s, 20 s', open), line('closed loop, 16, 5,000', closed)],
  );
  const { cores, rssMb } = idle;
  console.log(
    `ready ${startSeconds.toFixed(1)} s after its start; idle: ${cores.toFixed(2)} cores, ${rssMb.toFixed(0)} MB`,
  );
}

export function printPortal({ firstListMs, listMs, pausesMs, deliveries, endpoints }: PortalReport): void {
  const ms = (values: readonly number[]) => values.map((value) => value.toFixed(0)).join(' / ');
  print(
    ['portal', 'ms'],
    [
      ['from its link to the first list, each time', ms(firstListMs)],
      ['from a click to the list of deliveries', ms([listMs])],
      [
        `longest pause: ${deliveries} deliveries / ${endpoints} endpoints`,
        ms([pausesMs.deliveries, pausesMs.endpoints]),
      ],
    ],
  );
}
