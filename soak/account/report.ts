import { type Account, duplicatesPer10000, type Tally, type Unaccounted } from './account.ts';

/** The result of a soak. */
export interface Result {
  readonly account: Account;
  /** What must never happen: wrong signatures, changed bytes, two events for one key. */
  readonly flaws: { readonly count: number; readonly first: readonly string[] };
  readonly run: RunFigures;
}

/** How the run went. Times in seconds unless named otherwise. */
export interface RunFigures {
  readonly seed: number;
  readonly published: number;
  readonly acknowledged: number;
  /** Events without a key whose request got no successful answer. */
  readonly unanswered: number;
  /** Requests that were repeated because no answer came. */
  readonly repeats: number;
  readonly posts: number;
  readonly kills: number;
  readonly restarts: number;
  /** How often the product exited without being killed. */
  readonly crashes: number;
  /** Share of the publishing time in which it accepted events, from 0 to 1. */
  readonly upShare: number;
  readonly publishMs: { readonly p50: number; readonly p95: number };
  readonly redrives: number;
  /** In the dead-letter queue at the end: all, those whose delivery is not dead, and those that are not deliveries. */
  readonly deadLetters: { readonly total: number; readonly stray: number; readonly unreadable: number };
  readonly publishedFor: number;
  readonly settledIn: number;
  readonly accountedIn: number;
}

const NAMED_MAX = 100;

/** 0 if every delivery is accounted for and no flaw was found, else 1. */
export function exitCodeOf({ account, flaws }: Result): 0 | 1 {
  return account.unaccounted.length + account.unfinished.length + flaws.count === 0 ? 0 : 1;
}

/** The q-quantile of the values, such as q = 0.95; NaN if there are none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** The result as text. */
export function reportText(result: Result): string {
  const { account, flaws } = result;
  const parts = [kindTable(account), figures(result)];
  if (account.unaccounted.length > 0) parts.push(list('UNACCOUNTED', account.unaccounted));
  if (account.unfinished.length > 0) parts.push(list('UNFINISHED', account.unfinished));
  if (flaws.count > 0) parts.push(`FLAWS: ${flaws.count}\n${flaws.first.map((flaw) => `  ${flaw}`).join('\n')}`);
  parts.push(verdict(result));
  return parts.join('\n\n');
}

/** The result as JSON. */
export function reportJson(result: Result): string {
  const { account, flaws, run } = result;
  const { total, byKind, unaccounted, unfinished } = account;
  const passed = exitCodeOf(result) === 0;
  const duplicates = duplicatesPer10000(total);
  const json = {
    passed,
    run,
    total,
    duplicatesPer10000: duplicates,
    byKind: Object.fromEntries(byKind),
    unaccounted,
    unfinished,
    flaws,
  };
  return JSON.stringify(json, null, 2);
}

function kindTable({ byKind, total }: Account): string {
  const head = [
    'endpoints',
    'owed',
    'delivered',
    'dead + in DLQ',
    'discarded',
    'unaccounted',
    'duplicates',
    'not owed',
  ];
  const line = (name: string, { owed, delivered, dead, discarded, unaccounted, duplicates, notOwed }: Tally) => {
    const thrown = Object.values(discarded).reduce((sum, count) => sum + count, 0);
    return [name, ...[owed, delivered, dead, thrown, unaccounted, duplicates, notOwed].map(String)];
  };
  return table([head, ...[...byKind].map(([kind, tally]) => line(kind, tally)), line('all', total)]);
}

function figures({ account: { total }, flaws, run }: Result): string {
  const { discarded } = total;
  const reasons = Object.entries(discarded).map(([reason, count]) => [`  ${reason}`, String(count)]);
  const { p50, p95 } = run.publishMs;
  const { deadLetters } = run;
  return table([
    ['events published', String(run.published)],
    ['  acknowledged', String(run.acknowledged)],
    ['  not acknowledged (no key, no answer)', String(run.unanswered)],
    ['requests repeated because no answer came', String(run.repeats)],
    ['owed deliveries', String(total.owed)],
    ['  delivered: accepted, signature and bytes correct', String(total.delivered)],
    ['  dead in the API and in the dead-letter queue', String(total.dead)],
    ['  discarded', String(Object.values(discarded).reduce((sum, count) => sum + count, 0))],
    ...reasons.map(([reason = '', count = '']) => [`  ${reason}`, count]),
    ['  unaccounted', String(total.unaccounted)],
    ['not owed: the endpoint was gone before the fan-out', String(total.notOwed)],
    ['duplicates per 10,000 deliveries', duplicatesPer10000(total).toFixed(1)],
    ['webhooks received in all', String(run.posts)],
    ['flaws: signature, bytes, subscription, idempotency', String(flaws.count)],
    ['kills / restarts / crashes', `${run.kills} / ${run.restarts} / ${run.crashes}`],
    ['share of the time that it was up', `${(run.upShare * 100).toFixed(0)} %`],
    ['publish p50 / p95', `${p50.toFixed(0)} / ${p95.toFixed(0)} ms`],
    ['redrives at the end', String(run.redrives)],
    [
      'dead letters at the end / stray / unreadable',
      `${deadLetters.total} / ${deadLetters.stray} / ${deadLetters.unreadable}`,
    ],
    [
      'published for / settled in / accounted in',
      [run.publishedFor, run.settledIn, run.accountedIn].map((seconds) => `${seconds.toFixed(0)} s`).join(' / '),
    ],
    ['seed', String(run.seed)],
  ]);
}

function list(title: string, deliveries: readonly Unaccounted[]): string {
  const lines = deliveries
    .slice(0, NAMED_MAX)
    .map(
      ({ n, eventId, endpointId, endpoint, why }) =>
        `  event ${eventId}, number ${n}, to ${endpoint} (${endpointId}): ${why}`,
    );
  const more = deliveries.length - lines.length;
  return [
    `${title}: ${deliveries.length}`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more (--json lists all)`] : []),
  ].join('\n');
}

function verdict(result: Result): string {
  const { unaccounted, unfinished } = result.account;
  if (exitCodeOf(result) === 0) return 'ok    every acknowledged event is accounted for at every endpoint';
  return `FAIL  ${unaccounted.length} unaccounted, ${unfinished.length} unfinished, ${result.flaws.count} flaws`;
}

/** The first column is left-aligned, the others right-aligned. */
function table(lines: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...lines.map((line) => line[column]?.length ?? 0));
  return lines
    .map((line) =>
      line.map((text, column) => (column === 0 ? text.padEnd(width(0)) : text.padStart(width(column)))).join('  '),
    )
    .join('\n');
}
