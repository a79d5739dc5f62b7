import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The machine of the measurements, and how busy it was. */
export function describeMachine() {
  const cores = cpus();
  return {
    cores: cores.length,
    cpu: cores[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1e9),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    /** Load average of the last minute before the bench. */
    loadBefore: loadavg()[0] ?? 0,
  };
}

/**
 * Writes the results as JSON: always to `.cache/bench.json`, and on demand to `bench/results/<date>.json`.
 * @returns the paths, from the root.
 */
export function writeResults(results: object, options: { save: boolean }): string[] {
  const date = new Date().toISOString().slice(0, 10);
  const paths = ['.cache/bench.json', ...(options.save ? [`bench/results/${date}.json`] : [])];
  for (const path of paths) {
    const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(results, rounded, 2)}\n`);
  }
  return paths;
}

/** Rounds to three decimals, more than these figures are accurate to. */
function rounded(_name: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
}
