import { findPython } from './python.ts';

export interface PythonRun {
  /** The npm script, for what is printed. */
  readonly name: string;
  /** What needs Python. */
  readonly tool: string;
  /** Says that all went well. */
  readonly passed: string;
  run(options: { python: string; say: (line: string) => void; signal: AbortSignal }): Promise<void>;
}

/**
 * Runs a test with a tool in Python as a program: it ends early on a signal, with exit code 1 when the test fails. Without
 * Python it is skipped, for the printed reason, with exit code 0.
 */
export async function runWithPython({ name, tool, passed, run }: PythonRun): Promise<void> {
  const say = (line: string) => console.log(`${name}: ${line}`);
  const python = findPython();
  if (python === undefined) {
    say(`SKIPPED: ${tool} needs Python 3.10 or later with venv, and there is none on the PATH`);
    return;
  }
  const cancelled = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => cancelled.abort(new Error(`Ended by ${signal}.`)));
  }
  try {
    await run({ python, say, signal: cancelled.signal });
    say(passed);
  } catch (fault) {
    say(`FAILED: ${fault instanceof Error ? fault.message : String(fault)}`);
    process.exitCode = 1;
  }
}
