import { type ChildProcess, spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ends the command when the run is cancelled. */
  readonly signal: AbortSignal;
  /** Its output goes to the terminal instead of being captured. */
  readonly showsOutput?: boolean;
  /** Only its standard output is returned. */
  readonly stdoutOnly?: boolean;
}

/**
 * Runs a program to its end.
 * @returns its output.
 * @throws Error with its output if it fails.
 */
export async function run(program: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const { cwd, env, signal, showsOutput = false, stdoutOnly = false } = options;
  signal.throwIfAborted();
  const output = showsOutput ? 'inherit' : 'pipe';
  // A separate process group, so that its child processes end with it when the run is cancelled.
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', output, output] });
  const end = () => killGroup(child);
  signal.addEventListener('abort', end);
  const answer: string[] = [];
  const everything: string[] = [];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    answer.push(text);
    everything.push(text);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => everything.push(text));
  const code = await closed(child).finally(() => signal.removeEventListener('abort', end));
  signal.throwIfAborted();
  if (code !== 0) {
    const command = [program, ...args].join(' ');
    throw new Error(`"${command}" ended with exit code ${code}.\n${everything.join('').trim()}`);
  }
  return (stdoutOnly ? answer : everything).join('');
}

/** The exit code of a process, once its output has ended too; null if a signal ended it. */
export function closed(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

/** Ends a process that was started in its own group, with all its child processes. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // No process is left.
  }
}
