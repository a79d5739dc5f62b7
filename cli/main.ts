import { setTimeout as wait } from 'node:timers/promises';
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import { EXIT, type ExitCode, exitCodeOf, Failed, Interrupted, messageOf } from './runtime/exit.ts';
import type { Io } from './runtime/io.ts';
import { openUrl } from './runtime/open-url.ts';

/**
 * Runs one command line.
 * @returns the exit code: nothing is thrown.
 */
export async function run(io: Io): Promise<ExitCode> {
  try {
    const program = createProgram(io);
    configure(program, io);
    await program.parseAsync([...io.args], { from: 'user' });
    return EXIT.done;
  } catch (fault) {
    // Commander has written its message, or the help that was asked for.
    if (fault instanceof CommanderError) return fault.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (io.signal.aborted) return exitCodeOf(new Interrupted());
    if (!(fault instanceof Failed)) io.err(`postrider: ${messageOf(fault)}`);
    return exitCodeOf(fault);
  }
}

interface Configurable {
  readonly commands: readonly Configurable[];
  exitOverride(): unknown;
  configureOutput(output: { writeOut: (text: string) => void; writeErr: (text: string) => void }): unknown;
}

/** Makes every command throw instead of ending the process, and write where we do. */
function configure(command: Configurable, io: Io): void {
  command.exitOverride();
  const lines = (write: (text: string) => void) => (text: string) => write(text.replace(/\n$/, ''));
  command.configureOutput({ writeOut: lines(io.out), writeErr: lines(io.err) });
  for (const child of command.commands) configure(child, io);
}

/** The process's own command line. */
export async function main(): Promise<void> {
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
  // A reader that has seen enough, such as `head`, closes the pipe.
  process.stdout.on('error', (fault: NodeJS.ErrnoException) => process.exit(fault.code === 'EPIPE' ? 0 : 1));
  process.exitCode = await run({
    args: process.argv.slice(2),
    env: process.env,
    stdin: process.stdin,
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    outIsTerminal: process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
    // Some terminals say that they have no columns.
    width: process.stderr.columns || process.stdout.columns || 100,
    signal: ended.signal,
    clock: Date.now,
    openUrl,
    wait: (ms) => wait(ms, undefined, { signal: ended.signal }).catch(() => undefined),
  });
}
