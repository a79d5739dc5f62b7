import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import * as z from 'zod';

const answer = z.object({ id: z.number(), answer: z.unknown().optional(), error: z.string().optional() });

/** A child process of the bench, with its own CPU time and event loop. */
export interface Child {
  readonly pid: number;
  ask<Schema extends z.ZodType>(name: string, input: unknown, schema: Schema): Promise<z.output<Schema>>;
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
  /** Whether its output is shown; a Lambda's log lines are written but discarded. */
  readonly shown?: boolean;
}

/** Starts one of the bench's entry files and waits until it accepts requests. */
export async function startChild(entry: URL, options: ChildOptions = {}): Promise<Child> {
  const { env = {}, args = [], execArgv = [], shown = true } = options;
  const child = fork(entry, [...args], {
    env: { ...process.env, ...env },
    execArgv: [...execArgv],
    stdio: ['ignore', shown ? 'inherit' : 'ignore', 'inherit', 'ipc'],
  });
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  const ready = Promise.withResolvers<unknown>();
  open.set(-1, ready);
  child.on('message', (message: unknown) => {
    const { id, answer: value, error } = answer.parse(message);
    const waiting = open.get(id);
    open.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(`${entry.pathname.split('/').at(-1)}: ${error}`));
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of open.values()) reject(new Error(`${entry.pathname} ended early (${code ?? signal}).`));
  });
  await ready.promise;
  if (child.pid === undefined) throw new Error(`${entry.pathname} has no process id.`);
  let next = 0;
  return {
    pid: child.pid,
    async ask(name, input, schema) {
      const id = next++;
      const waiting = Promise.withResolvers<unknown>();
      open.set(id, waiting);
      child.send({ id, name, input });
      return schema.parse(await waiting.promise);
    },
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}
