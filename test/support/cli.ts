import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { run } from '../../cli/main.ts';
import type { ExitCode } from '../../cli/runtime/exit.ts';

/** What a command line did. */
export interface CliRun {
  readonly code: ExitCode;
  /** What it wrote, a line break after each line. */
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of its standard output. */
  readonly lines: readonly string[];
}

export interface CliOptions {
  /** The whole environment. Unless it names a folder for the settings of programs, there are no profiles. */
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  /** Standard input is a pipe that nobody writes to and nobody closes. */
  readonly idleStdin?: boolean;
  /** Both outputs are a terminal's. Standard input never is: nothing here could answer. */
  readonly terminal?: boolean;
  /** How many columns the terminal has; enough for any table unless given. */
  readonly width?: number;
  /** Ctrl-C. */
  readonly signal?: AbortSignal;
  /** Another clock, and waits by it. */
  readonly clock?: () => number;
  readonly wait?: (ms: number) => Promise<void>;
  /** A browser; without one, there is none. */
  readonly openUrl?: (url: string) => Promise<boolean>;
  /** Called with each line of the standard output as it is written. */
  readonly onLine?: (line: string) => void;
}

/** The settings of programs where nobody has signed in: there is no such folder. */
const NOBODYS_SETTINGS = join(tmpdir(), `postrider-nobody-${process.pid}`);

/** Runs `postrider` with these arguments, in this process. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const { env = {}, stdin = '', terminal = false, signal = new AbortController().signal, onLine } = options;
  const written = { out: '', err: '' };
  const code = await run({
    args,
    env: { ...env, XDG_CONFIG_HOME: env.XDG_CONFIG_HOME ?? NOBODYS_SETTINGS },
    stdin: options.idleStdin === true ? new PassThrough() : Readable.from([stdin]),
    out: (text) => {
      written.out += `${text}\n`;
      for (const line of text.split('\n')) onLine?.(line);
    },
    err: (text) => {
      written.err += `${text}\n`;
    },
    outIsTerminal: terminal,
    errIsTerminal: terminal,
    width: options.width ?? 200,
    signal,
    clock: options.clock ?? Date.now,
    openUrl: options.openUrl ?? (async () => false),
    wait: options.wait ?? ((ms) => wait(ms, undefined, { signal }).catch(() => undefined)),
  });
  const lines = written.out === '' ? [] : written.out.slice(0, -1).split('\n');
  return { code, stdout: written.out, stderr: written.err, lines };
}
