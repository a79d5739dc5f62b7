import { exitCodeOf, reportJson, reportText } from './account/report.ts';
import { BadOption, readOptions, type SoakOptions, USAGE } from './options.ts';
import { soak } from './soak.ts';

/**
 * `npm run soak`: the local product under load and SIGKILL, then an account of everything that it acknowledged. See
 * docs/soak.md.
 *
 * Exit codes: 0 all accounted for; 1 not; 2 it could not be run; 130 stopped by Ctrl-C.
 */

const SEEDS = 1_000_000;

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

const args = process.argv.slice(2);
if (args.includes('--help')) console.log(USAGE);
else process.exitCode = await main();

async function main(): Promise<number> {
  try {
    return await run(readOptions(args, Math.floor(Math.random() * SEEDS)));
  } catch (error) {
    if (stopping.signal.aborted) {
      console.error('Stopped before the end; nothing was accounted for.');
      return 130;
    }
    console.error(error instanceof Error ? error.message : String(error));
    if (error instanceof BadOption) console.error(`\n${USAGE}`);
    return 2;
  }
}

async function run(options: SoakOptions): Promise<number> {
  const began = Date.now();
  // Progress goes to stderr, so that --json can be piped.
  const say = (text: string) => console.error(`${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`);
  const result = await soak({ options, signal: stopping.signal, say });
  console.log(options.json ? reportJson(result) : `\n${reportText(result)}`);
  return exitCodeOf(result);
}
