import * as z from 'zod';
import { DETAIL_BYTES_MAX } from '../core/events/accepted.ts';
import { EVENTS_MAX } from '../core/events/input.ts';
import { fanoutMessage } from '../core/fanout/message.ts';
import { stages } from '../lib/stage.ts';
import { stubReport } from './aws/tally.ts';
import { publishInvocation, queueInvocation } from './invocations.ts';
import { eventText } from './payload.ts';
import { cpuShareOf, heapOptionsOf, limitCpu } from './process/cpu-share.ts';
import { type Child, startChild } from './process/parent.ts';
import type { Stage } from './stage.ts';
import { MATCHING_TYPE } from './world.ts';

/** One invocation of the fan-out function with as much work as a batch can hold. */
export interface LargestRow {
  readonly batch: string;
  /** Events that were fanned out, of those in the batch. */
  readonly events: number;
  readonly of: number;
  readonly seconds: number;
  readonly peakMb: number;
}

const { memoryMb, timeoutSeconds } = stages.prod.functions.fanout;
const { batchSize } = stages.prod.fanoutQueue;
/** As many as one read of the index gives: every event goes to all of them. */
const ENDPOINTS = 200;
const INVOCATIONS = 3;

const TENANT = 'largest';
const worked = z.object({ cpuMs: z.number(), peakMb: z.number() });

/** Data that fills a detail of the bus with lists of the most events, and with the fewest. */
const BATCHES = [
  { batch: 'ten lists of 100 events', events: EVENTS_MAX, dataBytes: DETAIL_BYTES_MAX / EVENTS_MAX - 700 },
  { batch: 'ten lists of three events of 58 KB', events: 3, dataBytes: 58_000 },
] as const;

/**
 * Invokes the fan-out function with the largest batches that may happen, at its memory and share of CPU. What it hands on is
 * invoked next.
 * @throws Error if a message fails, or an invocation would have timed out.
 */
export async function measureLargest({ aws, lambdas, world, receiverUrl, product }: Stage): Promise<LargestRow[]> {
  const key = await world.addKey();
  await world.addTenant(TENANT, { subscriptions: ENDPOINTS, matching: ENDPOINTS }, receiverUrl);
  const rows: LargestRow[] = [];
  for (const { batch, events, dataBytes } of BATCHES) {
    const event = eventText({ type: MATCHING_TYPE, tenant: TENANT }, JSON.stringify('x'.repeat(dataBytes)));
    const publication = publishInvocation(key, `[${Array.from({ length: events }, () => event).join(',')}]`);
    await aws.ask('reset', { waves: false }, z.unknown());
    await lambdas.ingest.ask('invoke', { payloads: [publication], times: batchSize }, z.unknown());
    const { env, bundle } = product.functions.fanout;
    const execArgv = heapOptionsOf(memoryMb);
    const fanout = await startChild(new URL('lambda/process.ts', import.meta.url), { env, shown: false, execArgv });
    try {
      await fanout.ask('load', bundle, z.unknown());
      rows.push(...(await invokeRepeatedly(batch, await sentMessages(aws), { aws, fanout })));
    } finally {
      await fanout.stop();
    }
  }
  return rows;
}

async function invokeRepeatedly(
  batch: string,
  messages: readonly string[],
  { aws, fanout }: { aws: Child; fanout: Child },
): Promise<LargestRow[]> {
  const rows: LargestRow[] = [];
  let queue = messages;
  for (let invocation = 1; invocation <= INVOCATIONS && queue.length > 0; invocation++) {
    const taken = queue.slice(0, batchSize);
    await aws.ask('reset', { waves: false }, z.unknown());
    const release = limitCpu(fanout.pid, cpuShareOf(memoryMb));
    const began = performance.now();
    const payloads = [queueInvocation(taken)];
    const timeoutMs = timeoutSeconds * 1_000;
    const { peakMb } = await fanout.ask('invoke', { payloads, times: 1, timeoutMs }, worked).finally(release);
    const seconds = (performance.now() - began) / 1_000;
    const handedOn = await sentMessages(aws);
    const of = eventsIn(taken);
    const events = of - eventsIn(handedOn);
    rows.push({ batch: `${batch}, invocation ${invocation}`, events, of, seconds, peakMb });
    queue = [...queue.slice(batchSize), ...handedOn];
  }
  return rows;
}

/** The messages for the fan-out queue that were sent since the last reset. */
async function sentMessages(aws: Child): Promise<string[]> {
  const { sent } = await aws.ask('report', null, stubReport);
  return sent.filter((body) => fanoutMessage.safeParse(JSON.parse(body)).success);
}

const eventsIn = (messages: readonly string[]): number =>
  messages.reduce((sum, body) => sum + fanoutMessage.parse(JSON.parse(body)).events.length, 0);
