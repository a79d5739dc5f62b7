import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';
import { median } from './cpu.ts';
import { FUNCTION_NAMES, type FunctionName, type Product } from './product.ts';

const run = promisify(execFile);

/** Import of a bundle in a fresh process: medians, in ms. */
export interface ColdImport {
  readonly importMs: number;
  readonly importMinMs: number;
  readonly cpuMs: number;
}

const sample = z.object({ importMs: z.number(), cpuMs: z.number() });

/** Plain JavaScript, so that only the bundle is compiled between the two clock readings. */
const script = `
const [, bundle] = process.argv;
const cpu = process.cpuUsage();
const start = performance.now();
await import(bundle);
const importMs = performance.now() - start;
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ importMs, cpuMs: (user + system) / 1000 }));
process.exit(0);
`;

/** Imports each bundle in this many fresh processes, in turns. */
export async function measureColdImports(
  { functions }: Product,
  runs: number,
): Promise<Record<FunctionName, ColdImport>> {
  const samples = new Map<FunctionName, z.output<typeof sample>[]>(FUNCTION_NAMES.map((name) => [name, []]));
  for (let round = 0; round < runs; round++) {
    for (const name of FUNCTION_NAMES) samples.get(name)?.push(await importOnce(functions[name]));
  }
  const of = (name: FunctionName): ColdImport => {
    const taken = samples.get(name) ?? [];
    const imports = taken.map(({ importMs }) => importMs);
    return {
      importMs: median(imports),
      importMinMs: Math.min(...imports),
      cpuMs: median(taken.map(({ cpuMs }) => cpuMs)),
    };
  };
  return {
    ingest: of('ingest'),
    fanout: of('fanout'),
    deliver: of('deliver'),
    redrive: of('redrive'),
    api: of('api'),
  };
}

async function importOnce({ bundle, env }: Product['functions'][FunctionName]): Promise<z.output<typeof sample>> {
  const args = ['--input-type=module', '-e', script, bundle];
  const { stdout } = await run(process.execPath, args, { env: { ...process.env, ...env } });
  return sample.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
}
