import type { Readable } from 'node:stream';
import { forwardLines, renderLine } from './functions/log-lines.ts';

/** What a local run tells whoever started it. */
export interface Console {
  /** Prints what was done and how long it took, once it is done. */
  step<Result>(done: string, work: Promise<Result>): Promise<Result>;
  /** Prints text for people. */
  say(text: string): void;
  /** Prints what went wrong in a part of the local machinery. */
  problem(part: string, message: string): void;
  /** Passes on what a function writes. */
  functionOutput(label: string, stream: Readable): void;
}

/** Writes to stdout: for people, or the functions' JSON lines as CloudWatch would get them and ours in the same form. */
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
