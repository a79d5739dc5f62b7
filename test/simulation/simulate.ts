import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { explain } from './history.ts';
import { addTotals, noTotals, reportOf, type Totals } from './report.ts';

/*
 * npm run simulate -- --seeds 20000 --from 0 [--workers 2]
 * Runs the product for each seed, on several threads, and exits 1 if a promise breaks.
 */

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '0' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});

function wholeNumber(name: keyof typeof values, least: number): number {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number >= least) return number;
  console.error(`--${name} takes a whole number, at least ${least}.`);
  process.exit(2);
}

const seeds = wholeNumber('seeds', 1);
const from = wholeNumber('from', 0);
const workers = Math.min(wholeNumber('workers', 1), seeds);
const startedAt = performance.now();
const totals = noTotals();

await Promise.all(
  Array.from({ length: workers }, (_, index) => {
    // Every worker takes each n-th seed, so that all finish at about the same time.
    const worker = new Worker(new URL('worker.ts', import.meta.url), {
      workerData: { from: from + index, until: from + seeds, step: workers },
    });
    return new Promise<void>((resolve, reject) => {
      worker.on('message', (part: Totals) => addTotals(totals, part));
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  }),
);

console.log(reportOf(totals, (performance.now() - startedAt) / 1000));
const [first] = totals.broken;
if (first !== undefined) {
  console.log(
    `\nPromises broken by seeds ${totals.broken.join(', ')}${totals.broken.length >= 20 ? ' and perhaps more' : ''}\n`,
  );
  console.log(await explain(first));
  process.exitCode = 1;
} else console.log('No promise was broken.');
