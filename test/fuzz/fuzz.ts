import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readCorpus, readInputs, writeCorpus, writeInputs } from './corpus.ts';
import { attempt, type Fault } from './engine/attempt.ts';
import { fuzz, type Result } from './engine/fuzz.ts';
import { moduleOf, TARGETS } from './targets/list.ts';

/*
 * npm run fuzz -- [--target raw-json,url] [--seconds 120] [--seed 4711] [--save]
 * Fuzzes every target, or the named ones, and exits 1 if an invariant does not hold. --save adds new inputs to the corpus.
 *
 * npm run fuzz -- --target url --input <file>
 * Runs the inputs of a file again.
 */

const FAULTS = join(import.meta.dirname, '../../.cache/fuzz');

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: Object.keys(TARGETS).join(',') },
    seconds: { type: 'string', default: '120' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    save: { type: 'boolean', default: false },
    input: { type: 'string' },
  },
});

function wholeNumber(name: 'seconds' | 'seed', least: number): number {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number >= least) return number;
  return refuse(`--${name} takes a whole number, at least ${least}.`);
}

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}

async function targetOf(name: string) {
  const load = TARGETS[name];
  if (load === undefined) return refuse(`Unknown target ${name}. Use one of ${Object.keys(TARGETS).join(', ')}.`);
  return (await load()).target;
}

/** Saves the failing input, and prints how to run it again. */
function report(name: string, { input, kind, report: details }: Fault): void {
  const digest = createHash('sha256').update(kind).digest('hex').slice(0, 8);
  const file = join(FAULTS, `${name}-${digest}.jsonl`);
  writeInputs(file, [input]);
  console.log(`\n${name} fails for ${JSON.stringify(input.slice(0, 200))}:\n${details}`);
  console.log(`Again: npm run fuzz -- --target ${name} --input ${file}\n`);
}

function lineOf(name: string, { tried, blocks, corpus, faults }: Result, before: number, seconds: number): string {
  const reached = blocks === undefined ? '?' : `${blocks.before} -> ${blocks.after}`;
  return [
    name.padEnd(12),
    `${tried.toLocaleString('en')} inputs`.padStart(18),
    `${Math.round(tried / seconds).toLocaleString('en')}/s`.padStart(10),
    `blocks ${reached}`.padEnd(20),
    `corpus ${before} -> ${corpus.length}`.padEnd(20),
    `${faults.length} failures`,
  ].join('  ');
}

async function run(name: string, seconds: number, seed: number): Promise<number> {
  const { covers } = await targetOf(name);
  const corpus = readCorpus(name);
  const began = performance.now();
  const result = await fuzz({ module: moduleOf(name), covers, corpus, seed, seconds });
  console.log(lineOf(name, result, corpus.length, (performance.now() - began) / 1_000));
  for (const fault of result.faults) report(name, fault);
  if (values.save && result.blocks !== undefined) writeCorpus(name, result.corpus);
  return result.faults.length;
}

async function again(name: string, file: string): Promise<number> {
  const target = await targetOf(name);
  const inputs = readInputs(file);
  if (inputs.length === 0) refuse(`${file} contains no inputs.`);
  let faults = 0;
  for (const input of inputs) {
    const { fault } = await attempt(target, input);
    if (fault === undefined) continue;
    faults += 1;
    console.log(fault.report);
  }
  console.log(`${faults} of ${inputs.length} inputs fail.`);
  return faults;
}

const names = values.target.split(',');
let faults = 0;
if (values.input !== undefined) {
  faults = await again(
    names.length === 1 ? (names[0] ?? '') : refuse('--input requires exactly one --target.'),
    values.input,
  );
} else {
  const [seconds, seed] = [wholeNumber('seconds', 1), wholeNumber('seed', 0)];
  for (const name of names) await targetOf(name);
  console.log(`Seed ${seed}, ${seconds} s for each target.`);
  for (const name of names) faults += await run(name, seconds, seed);
}
// Servers of some targets keep the process alive.
process.exit(faults > 0 ? 1 : 0);
