import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';

const root = resolve(import.meta.dirname, '../../..');

/** A running program; leaving the scope ends it. */
export interface Program extends AsyncDisposable {
  /** Its output so far. */
  output(): string;
  /** Waits until its output matches. */
  untilSaid(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends a signal, if given, and waits for its end. @returns its exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ProgramOptions {
  /** The executable, if it is not this Node. */
  readonly interpreter?: string;
}

/** Starts a program as its npm script does. */
export function startProgram(
  path: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { interpreter = process.execPath }: ProgramOptions = {},
): Program {
  const child = spawn(interpreter, [path, ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = once(child, 'exit');
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  return {
    output: () => text,
    untilSaid: (pattern) =>
      eventually(() => {
        const found = pattern.exec(text);
        if (found === null) expect(text).toMatch(pattern);
        return found ?? expect.fail(`${path} did not say ${pattern}.`);
      }),
    async end(signal) {
      if (signal !== undefined) child.kill(signal);
      await gone;
      return child.exitCode;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
