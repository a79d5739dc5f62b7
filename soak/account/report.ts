import { type Account, duplicatesPer10000, type Tally, type Unaccounted } from './account.ts';
import { CAUSES, RECORDING_MS } from './duplicates.ts';

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
/** Duplicates of POSTs that were answered but not recorded when the product was killed. */
const UNRECORDED_PER_10000_MAX = 5;

/** 0 if every delivery is accounted for, no flaw was found and duplicates are within their limits, else 1. */
export function exitCodeOf({ account, flaws }: Result): 0 | 1 {
  const wrong = account.unaccounted.length + account.unfinished.length + flaws.count + excess(account);
  return wrong === 0 ? 0 : 1;
}

/** Duplicates beyond their limits. A short run may have one that was unrecorded, whatever its share. */
function excess({ total: { duplicates, delivered } }: Account): number {
  const unrecordedMax = Math.ceil((delivered * UNRECORDED_PER_10000_MAX) / 10_000);
  return duplicates.unexplained + Math.max(0, duplicates.unrecorded - unrecordedMax);
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
  if (account.total.duplicates.unexplained > 0) parts.push(list('UNEXPLAINED DUPLICATES', unexplained(account)));
  if (flaws.count > 0) parts.push(`FLAWS: ${flaws.count}\n${flaws.first.map((flaw) => `  ${flaw}`).join('\n')}`);
  parts.push(verdict(result));
  return parts.join('\n\n');
}

/** The result as JSON. */
export function reportJson(result: Result): string {
  const { account, flaws, run } = result;
  const { total, byKind, unaccounted, unfinished, duplicates } = account;
  const passed = exitCodeOf(result) === 0;
  const json = {
    passed,
    run,
    total,
    duplicatesPer10000: Object.fromEntries(CAUSES.map((cause) => [cause, duplicatesPer10000(total, cause)])),
    duplicates,
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
    return [name, ...[owed, delivered, dead, sum(discarded), unaccounted, sum(duplicates), notOwed].map(String)];
  };
  return table([head, ...[...byKind].map(([kind, tally]) => line(kind, tally)), line('all', total)]);
}

function figures({ account, flaws, run }: Result): string {
  const { total } = account;
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
    ['  discarded', String(sum(discarded))],
    ...reasons.map(([reason = '', count = '']) => [`  ${reason}`, count]),
    ['  unaccounted', String(total.unaccounted)],
    ['not owed: the endpoint was gone before the fan-out', String(total.notOwed)],
    ...duplicateFigures(account, run.kills),
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

function duplicateFigures({ total, duplicates }: Account, kills: number): string[][] {
  const { open, recording, unrecorded, late, unexplained } = total.duplicates;
  const byKill = Map.groupBy(
    duplicates.filter((one) => one.cause === 'open'),
    ({ death }) => death.atMs,
  );
  const most = Math.max(0, ...[...byKill.values()].map(({ length }) => length));
  const forMs = duplicates.flatMap((one) => (one.cause === 'unrecorded' ? [one.answeredForMs] : []));
  return [
    ['duplicates: the POST was open at a kill', String(open)],
    ['  per kill, mean / most', `${(kills === 0 ? 0 : open / kills).toFixed(1)} / ${most}`],
    [`duplicates: answered at most ${RECORDING_MS} ms before a kill`, String(recording)],
    ['duplicates: answered before that, not recorded', String(unrecorded)],
    [`  per 10,000 deliveries (limit ${UNRECORDED_PER_10000_MAX})`, duplicatesPer10000(total, 'unrecorded').toFixed(1)],
    ...(unrecorded === 0
      ? []
      : [
          [
            '  from the answer to the kill, median / most',
            `${quantile(forMs, 0.5).toFixed(0)} / ${Math.max(...forMs).toFixed(0)} ms`,
          ],
        ]),
    ["duplicates: answered after the endpoint's timeout", String(late)],
    ['duplicates without an explanation (limit 0)', String(unexplained)],
  ];
}

function unexplained({ duplicates }: Account): Unaccounted[] {
  return duplicates.flatMap((one) => {
    if (one.cause !== 'unexplained') return [];
    const kill = one.answeredForMs === undefined ? 'there was no kill' : `the kill came ${one.answeredForMs} ms later`;
    return [{ ...one, why: `accepted again, although it had been answered and ${kill}` }];
  });
}

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, count) => all + count, 0);

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
  const counts = [
    `${unaccounted.length} unaccounted`,
    `${unfinished.length} unfinished`,
    `${result.flaws.count} flaws`,
    `${excess(result.account)} duplicates too many`,
  ];
  return `FAIL  ${counts.join(', ')}`;
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
