import { expect } from 'vitest';
import { type CliOptions, type CliRun, runCli } from '../../support/cli.ts';
import type { Product } from './product.ts';

/** Runs `postrider` against a product, in this process. */
export interface CommandLine {
  /** @returns what the command did, however it ended. */
  run(args: readonly string[], options?: CliOptions): Promise<CliRun>;
  /** @returns the lines of a command that succeeds. */
  lines(...args: readonly string[]): Promise<readonly string[]>;
  /** @returns what a command that succeeds prints with `--json`: an object for each line. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answered
  json(...args: readonly string[]): Promise<any[]>;
}

export function commandLine({ env }: Pick<Product, 'env'>): CommandLine {
  const run = (args: readonly string[], options: CliOptions = {}) =>
    runCli(args, { ...options, env: { ...env, XDG_CONFIG_HOME: undefined, ...options.env } });
  const lines = async (...args: readonly string[]) => {
    const { code, lines: written, stderr } = await run(args);
    expect(code, `postrider ${args.join(' ')}\n${stderr}`).toBe(0);
    return written;
  };
  return {
    run,
    lines,
    json: async (...args) => (await lines(...args, '--json')).map((line) => JSON.parse(line)),
  };
}
