import {
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetEventSourceMappingCommand,
  InvokeCommand,
  type LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { check, confirmed, refuted, unclear } from '../check.ts';
import { LOOP_ROUNDS } from '../own-stack.ts';
import type { World } from '../world.ts';

const reported = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['shorten', 'throttled']), receives: z.number() }),
  z.object({ kind: z.enum(['allowed', 'untraced']), round: z.number() }),
]);
type Report = z.output<typeof reported>;

const send = (world: World, QueueUrl: string, MessageBody: string) =>
  world.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

/**
 * Takes the functions' reports of some kinds until there are enough, or the time is over. Stack checks run one after another,
 * so that others' reports are old ones.
 */
async function reports(
  world: World,
  kinds: readonly Report['kind'][],
  { withinMs, isEnough }: { withinMs: number; isEnough: (all: readonly Report[]) => boolean },
): Promise<Report[]> {
  const QueueUrl = await world.own('ReportsUrl');
  const all: Report[] = [];
  await world.until(withinMs, async () => {
    for (const { Body = '', ReceiptHandle } of await world.receive(QueueUrl, { hiddenSeconds: 300 })) {
      const report = reported.parse(JSON.parse(Body));
      if (kinds.includes(report.kind)) all.push(report);
      await world.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    return isEnough(all) ? true : undefined;
  });
  return all;
}

export interface Shortened {
  /** When its first receive was reported, and when the letter was there. Milliseconds of one clock. */
  readonly firstReportAt: number | undefined;
  readonly deadAt: number | undefined;
  /** The queue's own timeout. */
  readonly visibilitySeconds: number;
}

export const shortenedVisibility = check<Shortened>({
  id: 'shortened-visibility',
  needs: 'stack',
  async run(world) {
    await send(world, await world.own('ShortenQueueUrl'), '{}');
    const isEnough = (all: readonly Report[]) => all.length > 0;
    const found = await reports(world, ['shorten'], { withinMs: 120_000, isEnough });
    const firstReportAt = found.length > 0 ? world.now() : undefined;
    const deadLetters = await world.own('ShortenDeadLettersUrl');
    const dead = await world.until(180_000, async () => (await world.receive(deadLetters)).at(0));
    return { firstReportAt, deadAt: dead && world.now(), visibilitySeconds: 60 };
  },
  judge({ firstReportAt, deadAt, visibilitySeconds }) {
    if (firstReportAt === undefined) return unclear('the function was not invoked');
    if (deadAt === undefined) return unclear('there was no dead letter within three minutes');
    const seconds = Math.round((deadAt - firstReportAt) / 1_000);
    const seen = `a dead letter after ${seconds} s; the queue's timeout is ${visibilitySeconds} s`;
    if (seconds < visibilitySeconds / 2) return confirmed(seen);
    return seconds >= visibilitySeconds - 5 ? refuted(seen) : unclear(seen);
  },
});

export interface Rounds {
  readonly wanted: number;
  /** The highest round that was reported. 0: none. */
  readonly allowed: number;
  readonly untraced: number;
}

export const noLoop = check<Rounds>({
  id: 'no-loop-detection',
  needs: 'stack',
  onlyOnAws: 'the emulator has no loop detection',
  async run(world) {
    await send(world, await world.own('LoopAllowedQueueUrl'), '1');
    await send(world, await world.own('LoopUntracedQueueUrl'), '1');
    const highest = (all: readonly Report[], kind: Report['kind']) =>
      Math.max(0, ...all.map((report) => ('round' in report && report.kind === kind ? report.round : 0)));
    const all = await reports(world, ['allowed', 'untraced'], {
      withinMs: 180_000,
      isEnough: (some) => (['allowed', 'untraced'] as const).every((kind) => highest(some, kind) === LOOP_ROUNDS),
    });
    return { wanted: LOOP_ROUNDS, allowed: highest(all, 'allowed'), untraced: highest(all, 'untraced') };
  },
  judge({ wanted, allowed, untraced }) {
    const seen = `${allowed} of ${wanted} rounds with RecursiveLoop: Allow, ${untraced} without the trace header`;
    if (allowed === 0 || untraced === 0) return unclear(seen);
    return allowed === wanted && untraced === wanted ? confirmed(seen) : refuted(seen);
  },
});

export interface ThrottledReceives {
  /** The receive count at the first invocation after the throttling; undefined: there was none. */
  readonly receives: number | undefined;
  readonly throttledSeconds: number;
  readonly visibilitySeconds: number;
}

const THROTTLED_MS = 150_000;

export const throttledReceives = check<ThrottledReceives>({
  id: 'throttled-receives-count',
  needs: 'stack',
  onlyOnAws: 'the emulator throttles no function',
  async run(world) {
    const FunctionName = await world.own('ThrottledFunctionName');
    // It may not run at all: its reserved concurrency is 0.
    await send(world, await world.own('ThrottledQueueUrl'), '{}');
    await world.wait(THROTTLED_MS);
    await world.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    const isEnough = (all: readonly Report[]) => all.length > 0;
    const [report] = await reports(world, ['throttled'], { withinMs: 180_000, isEnough });
    const receives = report && 'receives' in report ? report.receives : undefined;
    return { receives, throttledSeconds: THROTTLED_MS / 1_000, visibilitySeconds: 30 };
  },
  judge({ receives, throttledSeconds, visibilitySeconds }) {
    if (receives === undefined) return unclear('the function was not invoked after the throttling');
    const seen = `receive count ${receives} after ${throttledSeconds} s of throttling, visibility timeout ${visibilitySeconds} s`;
    return receives > 1 ? confirmed(seen) : refuted(seen);
  },
});

export interface Mappings {
  readonly quota: number;
  /** The sum of their MaximumConcurrency. */
  readonly asked: number;
  /** What Lambda said; undefined: it accepted them. */
  readonly error: string | undefined;
}

const CONCURRENCY_MAX = 1_000;

export const mappingsOverQuota = check<Mappings>({
  id: 'mappings-over-quota',
  needs: 'stack',
  async run(world) {
    const { AccountLimit } = await world.lambda.send(new GetAccountSettingsCommand());
    const mappings = [await world.own('LoopAllowedMappingId'), await world.own('LoopUntracedMappingId')];
    let error: string | undefined;
    for (const UUID of mappings) {
      await settled(world, UUID);
      await world.lambda
        .send(new UpdateEventSourceMappingCommand({ UUID, ScalingConfig: { MaximumConcurrency: CONCURRENCY_MAX } }))
        .catch((fault: unknown) => {
          error = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
        });
    }
    return { quota: AccountLimit?.ConcurrentExecutions ?? 0, asked: CONCURRENCY_MAX * mappings.length, error };
  },
  judge({ quota, asked, error }) {
    const seen = `${asked} asked for with a quota of ${quota}`;
    if (error !== undefined) return refuted(`${seen}: ${error}`);
    return asked > quota ? confirmed(`${seen}: accepted`) : unclear(`${seen}: the quota is larger`);
  },
});

/** A mapping can be changed only when an earlier change is done. */
const settled = (world: World, UUID: string) =>
  world.until(120_000, async () => {
    const { State } = await world.lambda.send(new GetEventSourceMappingCommand({ UUID }));
    return State === 'Enabled' || undefined;
  });

/** @throws Error with the function's own error. */
async function invoke(client: LambdaClient, FunctionName: string, payload: object): Promise<unknown> {
  const answer = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }));
  const text = Buffer.from(answer.Payload ?? []).toString();
  if (answer.FunctionError !== undefined) throw new Error(`${FunctionName} failed: ${text}`);
  return JSON.parse(text);
}

const sample = z.object({
  environment: z.string(),
  /** Of the asking environment's clock. */
  sent: z.number(),
  received: z.number(),
  /** Of the asked environment's clock. */
  began: z.number(),
  ended: z.number(),
});
export type ClockSample = z.output<typeof sample>;

const CLOCKS_DIFFER_BY_MS = 25;

export const clocks = check<readonly ClockSample[]>({
  id: 'clocks-agree',
  needs: 'stack',
  onlyOnAws: 'all processes of the emulator have one clock',
  run: async (world) =>
    z
      .array(sample)
      .parse(await invoke(world.lambda, await world.own('CompareFunctionName'), { atOnce: 5, rounds: 20 })),
  judge(samples) {
    const byEnvironment = Map.groupBy(samples, ({ environment }) => environment);
    // Of the differences from the asking clock: a call began after it was sent, and ended before it was received.
    const ranges = [...byEnvironment.values()].map((of) => ({
      least: Math.max(...of.map(({ ended, received }) => ended - received)),
      most: Math.min(...of.map(({ began, sent }) => began - sent)),
    }));
    const atMost = Math.max(0, ...ranges.map(({ most }) => most)) - Math.min(0, ...ranges.map(({ least }) => least));
    const atLeast = Math.max(0, ...ranges.map(({ least }) => least)) - Math.min(0, ...ranges.map(({ most }) => most));
    const seen = `${ranges.length + 1} environments differ by ${Math.max(0, atLeast)} to ${atMost} ms`;
    if (ranges.length < 3) return unclear(`${seen}: too few`);
    if (atMost < CLOCKS_DIFFER_BY_MS) return confirmed(seen);
    return atLeast >= CLOCKS_DIFFER_BY_MS ? refuted(seen) : unclear(seen);
  },
});

const second = z.object({ asked: z.number(), accepted: z.number() });
export type SecondOfWrites = z.output<typeof second>;

export const partitionLimit = check<readonly SecondOfWrites[]>({
  id: 'partition-write-limit',
  needs: 'stack',
  onlyOnAws: 'the emulator throttles no table',
  run: async (world) =>
    z
      .array(second)
      .parse(await invoke(world.lambda, await world.own('WriteFunctionName'), { seconds: 30, atOnce: 20 })),
  judge(seconds) {
    const mean = (of: readonly number[]) => Math.round(of.reduce((sum, one) => sum + one, 0) / Math.max(1, of.length));
    // What is left of a burst is used up by then.
    const last = seconds.slice(-Math.ceil(seconds.length / 3));
    const [asked, accepted] = [mean(last.map((one) => one.asked)), mean(last.map((one) => one.accepted))];
    const first = mean(seconds.slice(0, 3).map((one) => one.accepted));
    const seen = `${accepted} of ${asked} units a second in the end, ${first} in the first 3 s`;
    if (asked < 1_500) return unclear(`${seen}: too slow a writer`);
    if (accepted === asked) return unclear(`${seen}: nothing was throttled, which may be a long burst`);
    return accepted >= 800 && accepted <= 1_250 ? confirmed(seen) : refuted(seen);
  },
});
