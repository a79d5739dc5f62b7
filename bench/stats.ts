import * as z from 'zod';
import { systemRandom } from '../adapters/system/system.ts';
import { newId } from '../core/ids.ts';
import type { TallyMessage } from '../core/stats/message.ts';
import { hourOf, type Tally } from '../core/stats/tally.ts';
import { DEFAULT_TENANT } from '../core/tenant.ts';
import { stages } from '../lib/stage.ts';
import { stubReport } from './aws/tally.ts';
import { queueInvocation } from './invocations.ts';
import { cpuShareOf, heapOptionsOf, limitCpu } from './process/cpu-share.ts';
import { type Child, startChild } from './process/parent.ts';
import type { Stage } from './stage.ts';

/** One invocation of the redrive function with the largest batch of tallies, each of another endpoint. */
export interface StatsRow {
  readonly batch: string;
  readonly messages: number;
  /** Endpoints and hours in the batch: a write each. */
  readonly endpointHours: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Endpoints and hours a second, by the CPU that they take and the function's share of it: waiting for AWS overlaps. */
  readonly perSecond: number;
  /** The process's highest so far. */
  readonly peakMb: number;
}

const { memoryMb } = stages.prod.functions.redrive;
const { deliveryQueue, slowDeliveryQueue, statsQueue } = stages.prod;
/** Lambda's limit for the event of an invocation. */
const BATCH_BYTES_MAX = 6 * 1024 * 1024;
/** Long enough to count the whole batch, whatever the function's timeout. */
const TIMEOUT_MS = 10 * 60_000;

/** A message holds the tallies of a batch of deliveries, at most one for each. */
const BATCHES = [
  { batch: 'messages of the fast lane', tallies: deliveryQueue.batchSize },
  { batch: 'messages of the slow lane', tallies: slowDeliveryQueue.batchSize },
] as const;

/** The writes of the tenant's hour and of that of all tenants. */
const SUMS = 2;

const worked = z.object({ cpuMs: z.number(), peakMb: z.number() });

/**
 * Invokes the redrive function with the largest batches of tallies, at its memory and share of CPU.
 * @throws Error if a tally was not written.
 */
export async function measureStats({ aws, product }: Stage): Promise<StatsRow[]> {
  const { env, bundle } = product.functions.redrive;
  const queueUrl = env.STATS_QUEUE_URL ?? '';
  const execArgv = heapOptionsOf(memoryMb);
  const redrive = await startChild(new URL('lambda/process.ts', import.meta.url), { env, shown: false, execArgv });
  try {
    await redrive.ask('load', bundle, z.unknown());
    // The first invocations compile.
    await redrive.ask('invoke', { payloads: [queueInvocation([messageOf(10)], queueUrl)], times: 50 }, worked);
    const rows: StatsRow[] = [];
    for (const { batch, tallies } of BATCHES) {
      const bytesOfOne = Buffer.byteLength(queueInvocation([messageOf(tallies)], queueUrl));
      const messages = Math.min(statsQueue.batchSize, Math.floor(BATCH_BYTES_MAX / bytesOfOne));
      const payload = queueInvocation(
        Array.from({ length: messages }, () => messageOf(tallies)),
        queueUrl,
      );
      rows.push({ batch, messages, ...(await invoke(payload, messages * tallies, { aws, redrive })) });
    }
    return rows;
  } finally {
    await redrive.stop();
  }
}

async function invoke(payload: string, endpointHours: number, { aws, redrive }: { aws: Child; redrive: Child }) {
  await aws.ask('reset', { waves: false }, z.unknown());
  const release = limitCpu(redrive.pid, cpuShareOf(memoryMb));
  const began = performance.now();
  const work = { payloads: [payload], times: 1, timeoutMs: TIMEOUT_MS };
  const { cpuMs, peakMb } = await redrive.ask('invoke', work, worked).finally(release);
  const [seconds, cpuSeconds] = [(performance.now() - began) / 1_000, cpuMs / 1_000];
  const { operations } = await aws.ask('report', null, stubReport);
  const written = operations['DynamoDB.UpdateItem']?.calls ?? 0;
  if (written !== endpointHours + SUMS) throw new Error(`${written} of ${endpointHours} tallies were written.`);
  const perSecond = (endpointHours / cpuSeconds) * cpuShareOf(memoryMb);
  return { endpointHours, seconds, cpuSeconds, perSecond, peakMb };
}

/** A message of the deliver function: each tally has one attempt. */
function messageOf(tallies: number): string {
  const hour = hourOf(Date.now());
  const tally = (): Tally => ({
    endpointId: newId('ep', hour, systemRandom),
    tenant: DEFAULT_TENANT,
    hour,
    delivered: 1,
    failed: 0,
    latency: { '40': 1 },
  });
  const message: TallyMessage = { v: 1, tallies: Array.from({ length: tallies }, tally) };
  return JSON.stringify(message);
}

/** How many invocations at a time write this many endpoint-hours a second. */
export function concurrencyFor(perSecond: number, rows: readonly StatsRow[]): number {
  return Math.ceil(perSecond / Math.min(...rows.map((row) => row.perSecond)));
}

/** A million endpoints that are active in each minute: a write for each. */
export const MILLION_A_MINUTE = 1_000_000 / 60;
