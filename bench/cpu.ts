import * as z from 'zod';
import { type Case, CPU_CASES, type CpuCase } from './cases.ts';
import type { Child } from './process/parent.ts';
import type { Stage } from './stage.ts';

/** CPU of one event or delivery. */
export interface CaseCpu {
  /** In bare PutItem calls: the median over the rounds. */
  readonly puts: number;
  readonly putsMin: number;
  readonly putsMax: number;
  readonly ms: number;
}

export interface CpuReport {
  /** CPU of one bare PutItem call, in ms. */
  readonly putMs: number;
  readonly cases: Readonly<Record<CpuCase, CaseCpu>>;
}

export interface CpuOptions {
  readonly rounds: number;
  /** About how many bare calls' worth of work a case does per round. */
  readonly putsPerRound: number;
}

/** Shares of a round that each process works before it is measured. */
const WARM_UP_ROUNDS = 12;

interface Sample {
  readonly ms: number;
  readonly puts: number;
}

const cpu = z.object({ cpuMs: z.number() });

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;

/** CPU of one invocation in ms, of the Lambda's own process. */
async function cpuMs(lambda: Child, payloads: readonly string[], times: number): Promise<number> {
  return (await lambda.ask('invoke', { payloads, times }, cpu)).cpuMs / times;
}

/**
 * Measures the cases against the bare call, in rounds: each case's share of a round runs between two measurements of
 * the bare call, so that a busy machine, which slows both, hardly changes the ratio.
 */
export async function measureCpu(stage: Stage, options: CpuOptions): Promise<CpuReport> {
  const put = () => cpuMs(stage.barePut, ['{}'], options.putsPerRound);
  const cases = stage.cases.filter(({ name }) => CPU_CASES.some((known) => known === name));
  for (let round = 0; round < WARM_UP_ROUNDS; round++) await put();
  const times = new Map<Case, number>();
  for (const one of cases) times.set(one, await warmUp(stage, one, await put(), options));
  const puts: number[] = [];
  const samples = new Map<Case, Sample[]>(cases.map((one) => [one, []]));
  for (let round = 0; round < options.rounds; round++) {
    let before = await put();
    for (const one of cases) {
      const ms = (await cpuMs(stage.lambdas[one.lambda], one.payloads, times.get(one) ?? 1)) / one.items;
      const after = await put();
      puts.push(after);
      samples.get(one)?.push({ ms, puts: ms / ((before + after) / 2) });
      before = after;
    }
  }
  const of = (name: CpuCase) => summary(samples.get(cases.find((one) => one.name === name) ?? raise(name)) ?? []);
  return {
    putMs: median(puts),
    cases: {
      'ingest-one': of('ingest-one'),
      'ingest-100': of('ingest-100'),
      'ingest-100-keys': of('ingest-100-keys'),
      'fanout-1-of-1': of('fanout-1-of-1'),
      'fanout-1-of-50': of('fanout-1-of-50'),
      'fanout-21-of-50': of('fanout-21-of-50'),
      'fanout-50-of-50': of('fanout-50-of-50'),
      'deliver-1-endpoint': of('deliver-1-endpoint'),
      'deliver-10-endpoints': of('deliver-10-endpoints'),
    },
  };
}

/** Warms a case until its code is compiled. @returns the invocations of a round. */
async function warmUp(stage: Stage, one: Case, putMs: number, { putsPerRound }: CpuOptions): Promise<number> {
  const run = (times: number) => cpuMs(stage.lambdas[one.lambda], one.payloads, times);
  const perRound = (ms: number) => Math.max(5, Math.round((putsPerRound * putMs) / ms));
  let ms = await run(5);
  for (let round = 0; round < WARM_UP_ROUNDS; round++) ms = await run(perRound(ms));
  return perRound(ms);
}

function summary(samples: readonly Sample[]): CaseCpu {
  const puts = samples.map((sample) => sample.puts);
  return {
    puts: median(puts),
    putsMin: Math.min(...puts),
    putsMax: Math.max(...puts),
    ms: median(samples.map(({ ms }) => ms)),
  };
}

function raise(name: string): never {
  throw new Error(`The case "${name}" was not prepared.`);
}
