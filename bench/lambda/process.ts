import { randomUUID } from 'node:crypto';
import { Session } from 'node:inspector/promises';
import * as z from 'zod';
import { answerParent } from '../process/child.ts';

/**
 * A Lambda's process: loads one handler and invokes it repeatedly, one invocation at a time as Lambda does.
 * Event and result are JSON text, because Lambda's runtime also pays for parsing and serializing.
 */

type Handler = (event: unknown, context: object) => Promise<unknown>;
let handler: Handler | undefined;

const work = z.object({
  payloads: z.array(z.string()).min(1),
  times: z.number().int(),
  /** The function's timeout: what an invocation is told of its time, which nobody enforces. */
  timeoutMs: z.number().default(60_000),
});
const result = z.union([
  z.object({ statusCode: z.literal(202) }),
  z.object({ batchItemFailures: z.array(z.unknown()).length(0) }),
  z.object({ done: z.number() }),
]);

async function invoke(payload: string, timeoutMs: number): Promise<string> {
  if (handler === undefined) throw new Error('Load a handler first.');
  const deadline = Date.now() + timeoutMs;
  const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => deadline - Date.now() };
  return JSON.stringify(await handler(JSON.parse(payload), context));
}

async function run({ payloads, times, timeoutMs }: z.output<typeof work>): Promise<{ cpuMs: number; peakMb: number }> {
  const answers: string[] = [];
  const before = process.cpuUsage();
  for (let round = 0; round < times; round++) {
    answers.push(await invoke(payloads[round % payloads.length] ?? '', timeoutMs));
  }
  const { user, system } = process.cpuUsage(before);
  for (const answer of answers) {
    if (!result.safeParse(JSON.parse(answer)).success) throw new Error(`An invocation failed: ${answer}`);
  }
  return { cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 };
}

const realNow = Date.now;

/** Stops or restarts the product's clock: while it is stopped, the container's cache does not expire. */
function holdClock(isHeld: boolean): void {
  const now = realNow();
  Date.now = isHeld ? () => now : realNow;
}

answerParent({
  load: async (input) => {
    const bundle: { handler?: Handler } = await import(z.string().parse(input));
    handler = bundle.handler;
  },
  invoke: (input) => run(work.parse(input)),
  holdClock: async (input) => holdClock(z.boolean().parse(input)),
  profile: async (input) => {
    const session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 200 });
    await session.post('Profiler.start');
    await run(work.parse(input));
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    return profile;
  },
});
