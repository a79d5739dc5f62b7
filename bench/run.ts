import { parseArgs } from 'node:util';
import * as z from 'zod';
import {
  bundleRows,
  callRows,
  coldStartRows,
  cpuRows,
  filterRows,
  hostileRows,
  isolationRows,
  isWithin,
  largeBodyRows,
  largestRows,
  nameRows,
  type Row,
  statsRows,
  stepRows,
  wideRows,
} from './budgets.ts';
import { countCalls } from './calls.ts';
import { measureColdImports } from './cold-start.ts';
import { measureCpu } from './cpu.ts';
import { countFailing, failingRows } from './failing-delivery.ts';
import { measureHostile } from './hostile.ts';
import { measureLargeBodies } from './large-bodies.ts';
import { measureLargest } from './largest.ts';
import { measureFilters } from './local/filters.ts';
import { measureIsolation } from './local/isolation.ts';
import { measureLocal } from './local/measure.ts';
import { measureWide } from './local/wide.ts';
import { measureNames } from './names.ts';
import { measurePortal } from './portal/measure.ts';
import { portalRows } from './portal/rows.ts';
import type { Product } from './product.ts';
import { profileCase } from './profile/profile.ts';
import { describeMachine, writeResults } from './results.ts';
import {
  printFilters,
  printHostile,
  printIsolation,
  printLargeBodies,
  printLargest,
  printLocal,
  printNames,
  printPortal,
  printStats,
  printSteps,
  printWide,
} from './show.ts';
import { openStage } from './stage.ts';
import { measureStats } from './stats.ts';
import { measureSteps } from './steps.ts';
import { printCalls, printRows } from './table.ts';

/**
 * `npm run bench`: AWS calls, CPU and speed of the product. See bench/README.md.
 *
 *   npm run bench                      everything
 *   npm run bench -- budgets           everything with a budget that needs no running product
 *   npm run bench -- local             the local product under load
 *   npm run bench -- isolation         a healthy endpoint next to one that hangs and one that fails
 *   npm run bench -- filters           one tenant next to another with the worst filters that can be saved
 *   npm run bench -- wide              one tenant next to another whose events go to 2,000 endpoints each
 *   npm run bench -- names             POSTs to names that are looked up, next to names that hang
 *   npm run bench -- portal            the portal in a browser, with 2,000 endpoints and 10,000 deliveries
 *   npm run bench -- largest           the largest batches of the fan-out, at Lambda's memory and share of CPU
 *   npm run bench -- large-bodies      the deliver function with the largest bodies, at Lambda's memory and share of CPU
 *   npm run bench -- stats             the largest batch of statistics, at Lambda's memory and share of CPU
 *   npm run bench -- hostile           healthy deliveries in one batch with hostile receivers
 *   npm run bench -- profile <case>    where one case's CPU goes
 *
 *   --save       keep the results in bench/results/<date>.json
 *   --no-fail    exit code 0 even if a budget is exceeded
 *   --rows <n>   of the portal's lists no more rows than so many: quicker, for a first look
 */

/** The parts with a budget that need no running product. */
const BUDGETS = ['calls', 'bundles', 'cold-start', 'cpu', 'steps', 'largest', 'large-bodies', 'stats'] as const;
/** The parts that run the functions beside a stub of AWS. */
const STAGED = [...BUDGETS, 'hostile'] as const;
const PARTS = [...STAGED, 'local', 'isolation', 'filters', 'wide', 'names', 'portal'] as const;
type Part = (typeof PARTS)[number];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    save: { type: 'boolean', default: false },
    fail: { type: 'boolean', default: true },
    rows: { type: 'string', default: String(Number.MAX_SAFE_INTEGER) },
  },
});

const [command, ...rest] = positionals;
if (command === 'profile') await profileCase(rest[0] ?? '');
else await bench(partsOf(positionals));

function partsOf(names: readonly string[]): ReadonlySet<Part> {
  if (names.length === 0) return new Set(PARTS);
  const chosen = names.flatMap((name): readonly Part[] => {
    if (name === 'budgets') return BUDGETS;
    const part = PARTS.find((known) => known === name);
    if (part === undefined) throw new Error(`There is no part "${name}". Choose from: budgets, ${PARTS.join(', ')}.`);
    return [part];
  });
  return new Set(chosen);
}

async function bench(parts: ReadonlySet<Part>): Promise<void> {
  const machine = describeMachine();
  const { cores, cpu, node, loadBefore } = machine;
  console.log(`${cores} cores (${cpu}), Node ${node}; load before the bench ${loadBefore.toFixed(1)}`);
  const { rows, details } = await measureBudgets(parts);
  const local = parts.has('local') ? await measureLocal() : undefined;
  if (local !== undefined) printLocal(local);
  const isolation = parts.has('isolation') ? await measureIsolation() : undefined;
  if (isolation !== undefined) {
    const isolated = isolationRows(isolation);
    printIsolation(isolation);
    printRows('isolation', isolated);
    rows.push(...isolated);
  }
  const filters = parts.has('filters') ? await measureFilters() : undefined;
  if (filters !== undefined) {
    const filtered = filterRows(filters);
    printFilters(filters);
    printRows('filters', filtered);
    rows.push(...filtered);
  }
  const wide = parts.has('wide') ? await measureWide() : undefined;
  if (wide !== undefined) {
    const rowsOfWide = wideRows(wide);
    printWide(wide);
    printRows('wide', rowsOfWide);
    rows.push(...rowsOfWide);
  }
  const names = parts.has('names') ? await measureNames() : undefined;
  if (names !== undefined) {
    const rowsOfNames = nameRows(names);
    printNames(names);
    printRows('names', rowsOfNames);
    rows.push(...rowsOfNames);
  }
  const portal = parts.has('portal')
    ? await measurePortal(z.coerce.number().int().min(1).parse(values.rows))
    : undefined;
  if (portal !== undefined) {
    const rowsOfPortal = portalRows(portal);
    printPortal(portal);
    printRows('portal', rowsOfPortal);
    rows.push(...rowsOfPortal);
  }
  const results = {
    at: new Date().toISOString(),
    machine,
    rows,
    ...details,
    ...(local && { local }),
    ...(isolation && { isolation }),
    ...(filters && { filters }),
    ...(wide && { wide }),
    ...(names && { names }),
    ...(portal && { portal }),
  };
  const over = rows.filter((row) => !isWithin(row));
  for (const path of writeResults(results, values)) console.log(`\nwritten to ${path}`);
  for (const { what, measured, budget } of over)
    console.log(`OVER BUDGET  ${what}: ${measured.toFixed(2)} > ${budget}`);
  if (over.length > 0 && values.fail) process.exitCode = 1;
}

async function measureBudgets(parts: ReadonlySet<Part>): Promise<{ rows: Row[]; details: object }> {
  if (!STAGED.some((part) => parts.has(part))) return { rows: [], details: {} };
  const stage = await openStage();
  try {
    const rows: Row[] = [];
    const show = (title: string, measured: readonly Row[]) => {
      printRows(title, measured);
      rows.push(...measured);
    };
    const calls = parts.has('calls') ? await countCalls(stage) : undefined;
    if (calls) printCalls(calls);
    const failing = parts.has('calls') ? await countFailing(stage.product) : undefined;
    if (calls && failing) show('calls and units', [...callRows(calls), ...failingRows(failing)]);
    if (parts.has('bundles')) show('bundles', bundleRows(bundleBytes(stage.product)));
    const coldImports = parts.has('cold-start') ? await measureColdImports(stage.product, 9) : undefined;
    if (coldImports) show('cold start', coldStartRows(coldImports));
    const cpu = parts.has('cpu') ? await measureCpu(stage, { rounds: 25, putsPerRound: 150 }) : undefined;
    if (cpu) show('CPU', cpuRows(cpu));
    const steps = parts.has('steps') ? measureSteps() : undefined;
    if (steps) printSteps(steps);
    if (steps) show('steps of filters', stepRows(steps));
    const largest = parts.has('largest') ? await measureLargest(stage) : undefined;
    if (largest) printLargest(largest);
    if (largest) show('largest batches', largestRows(largest));
    const bodies = parts.has('large-bodies') ? await measureLargeBodies(stage) : undefined;
    if (bodies) printLargeBodies(bodies);
    if (bodies) show('large bodies', largeBodyRows(bodies));
    const stats = parts.has('stats') ? await measureStats(stage) : undefined;
    if (stats) printStats(stats);
    if (stats) show('statistics', statsRows(stats));
    const hostile = parts.has('hostile') ? await measureHostile(stage) : undefined;
    if (hostile) printHostile(hostile);
    if (hostile) show('hostile receivers', hostileRows(hostile));
    const details = { ...(calls && { calls, failing }), ...(coldImports && { coldImports }), ...(cpu && { cpu }) };
    const limited = {
      ...(largest && { largest }),
      ...(bodies && { bodies }),
      ...(stats && { stats }),
      ...(hostile && { hostile }),
    };
    return {
      rows,
      details: { ...details, ...(steps && { steps }), ...limited },
    };
  } finally {
    await stage.close();
  }
}

function bundleBytes({ functions }: Product) {
  const { ingest, fanout, deliver, redrive, api } = functions;
  return {
    ingest: ingest.bundleBytes,
    fanout: fanout.bundleBytes,
    deliver: deliver.bundleBytes,
    redrive: redrive.bundleBytes,
    api: api.bundleBytes,
  };
}
