import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { eventText } from '../payload.ts';
import type { Child } from '../process/parent.ts';
import { closedLoop, openLoop, type Published } from './loops.ts';
import { type Percentiles, percentiles } from './percentiles.ts';
import { arrivals, type LocalProduct, startLocal, usage } from './product.ts';

/** The result of one load. */
export interface LoadResult {
  readonly events: number;
  /** Acknowledged, but not received a minute after the last publish. */
  readonly lost: number;
  readonly duplicates: number;
  /** Until the API's answer. */
  readonly publishMs: Percentiles;
  /** From the start of the publish to its receipt. */
  readonly latencyMs: Percentiles;
  /** From the first publish to the last receipt. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Of the product's process: its Lambdas and all local AWS engines. */
  readonly cpuSeconds: number;
  readonly rssMb: number;
}

export interface LocalReport {
  readonly startSeconds: number;
  /** Before any event: the product's share of a core, and its memory. */
  readonly idle: { readonly cores: number; readonly rssMb: number };
  readonly open: LoadResult;
  readonly closed: LoadResult;
}

const TYPE = 'bench.event';
const RECEIPT_WAIT_MS = 60_000;
const IDLE_MS = 3_000;

/** Starts the local product as `npm start` does, with its own data, and publishes to an endpoint that answers at once. */
export async function measureLocal(): Promise<LocalReport> {
  const local = await startLocal();
  try {
    const { receiverUrl, publisher, product } = local;
    await publisher.addEndpoint({ url: receiverUrl, event_types: [TYPE] });
    const idle = await measureIdle(product);
    const run = loadRunner(local);
    await run((publish) => closedLoop(publish, 16, 500));
    const open = await run((publish) => openLoop(publish, 50, 20));
    const closed = await run((publish) => closedLoop(publish, 16, 5_000));
    return { startSeconds: local.startSeconds, idle, open, closed };
  } finally {
    await local.close();
  }
}

async function measureIdle(product: Child): Promise<LocalReport['idle']> {
  const before = await product.ask('usage', null, usage);
  await sleep(IDLE_MS);
  const { cpuMs, rssMb } = await product.ask('usage', null, usage);
  return { cores: (cpuMs - before.cpuMs) / IDLE_MS, rssMb };
}

type Load = (publish: () => Promise<string>) => Promise<Published[]>;

function loadRunner({ product, receiver, publisher }: LocalProduct) {
  const event = eventText({ type: TYPE });
  return async (load: Load): Promise<LoadResult> => {
    const before = await product.ask('usage', null, usage);
    const published = await load(() => publisher.publish(event));
    const deadline = performance.now() + RECEIPT_WAIT_MS;
    while ((await receiver.ask('count', null, z.number())) < published.length && performance.now() < deadline) {
      await sleep(100);
    }
    // The product may still be recording the last deliveries.
    await sleep(500);
    const after = await product.ask('usage', null, usage);
    const received = await receiver.ask('take', null, arrivals);
    const spent = { cpuSeconds: (after.cpuMs - before.cpuMs) / 1000, rssMb: after.rssMb };
    return { ...summarise(published, received), ...spent };
  };
}

function summarise(published: readonly Published[], received: z.output<typeof arrivals>) {
  const firstReceipt = new Map(received.toReversed());
  const arrived = published.flatMap(({ id, beganMs }) => {
    const at = firstReceipt.get(id);
    return at === undefined ? [] : [{ at, latencyMs: at - beganMs }];
  });
  const began = Math.min(...published.map(({ beganMs }) => beganMs));
  const seconds = (Math.max(...arrived.map(({ at }) => at)) - began) / 1000;
  return {
    events: published.length,
    lost: published.length - arrived.length,
    duplicates: received.length - firstReceipt.size,
    publishMs: percentiles(published.map(({ beganMs, acknowledgedMs }) => acknowledgedMs - beganMs)),
    latencyMs: percentiles(arrived.map(({ latencyMs }) => latencyMs)),
    seconds,
    eventsPerSecond: arrived.length / seconds,
  };
}
