import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

/*
 * Inputs in files: one per line, as JSON text in ASCII, so that neither git nor an editor changes them.
 */

const fileOf = (target: string) => fileURLToPath(new URL(`corpus/${target}.jsonl`, import.meta.url));

const ascii = (input: string) =>
  JSON.stringify(input).replaceAll(/[^\x20-\x7e]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The inputs in a file; none if there is no file. */
export function readInputs(file: string): string[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => z.string().parse(JSON.parse(line)));
}

export function writeInputs(file: string, inputs: readonly string[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, inputs.map((input) => `${ascii(input)}\n`).join(''));
}

/** The saved corpus of a target, which `npm test` runs and every campaign starts with. */
export const readCorpus = (target: string) => readInputs(fileOf(target));
export const writeCorpus = (target: string, inputs: readonly string[]) => writeInputs(fileOf(target), inputs);
