import type { Readable } from 'node:stream';
import { forwardLines, renderLine } from './functions/log-lines.ts';

/** Output of a local run. */
export interface Console {
  /** Waits for `work`, then prints what was done and how long it took. */
  step<Result>(done: string, work: Promise<Result>): Promise<Result>;
  /** Prints a message. */
  say(text: string): void;
  /** Prints an error in a part of the local run. */
  problem(part: string, message: string): void;
  /** Forwards a function's output. */
  functionOutput(label: string, stream: Readable): void;
}

/** Writes to stdout: readable text, or the functions' JSON lines as CloudWatch would get them, with ours in the same form. */
export function createConsole(form: 'pretty' | 'json'): Console {
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const record = (level: string, service: string, message: string) => {
    const timestamp = new Date().toISOString();
    const line = JSON.stringify({ level, message, timestamp, service });
    write(form === 'json' ? line : renderLine(service, line));
  };
  const say = form === 'json' ? (text: string) => record('INFO', 'local', text) : write;
  return {
    async step(done, work) {
      const began = performance.now();
      const result = await work;
      say(`${done} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
      return result;
    },
    say,
    problem: (part, message) => record('ERROR', part, message),
    functionOutput: (label, stream) =>
      forwardLines(stream, (line) => write(form === 'json' ? line : renderLine(label, line))),
  };
}
