import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { deliveryMessage } from '../core/deliveries/message.ts';
import { fanoutMessage } from '../core/fanout/message.ts';
import { stages } from '../lib/stage.ts';
import { stubReport } from './aws/tally.ts';
import { publishInvocation, queueInvocation } from './invocations.ts';
import { type Percentiles, percentiles } from './local/percentiles.ts';
import { arrivals } from './local/product.ts';
import { eventText } from './payload.ts';
import { heapOptionsOf } from './process/cpu-share.ts';
import { type Child, startChild } from './process/parent.ts';
import type { Stage } from './stage.ts';
import { MATCHING_TYPE } from './world.ts';

/** Batches of the slow lane, each with one kind of hostile receivers, or with all kinds. */
export interface HostileRow {
  readonly receivers: string;
  /** From the time at which its message's turn came in the invocation to its arrival at a healthy receiver, in ms. */
  readonly healthyMs: readonly number[];
  /** Healthy deliveries that did not arrive, or had to be repeated. */
  readonly missed: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The highest memory of the process so far, over the highest with batches of healthy deliveries alone. */
  readonly overIdleMb: number;
}

export interface HostileReport {
  readonly rows: readonly HostileRow[];
  /** Healthy deliveries beside as many receivers that are only silent. */
  readonly besideSilent: Percentiles;
  readonly besideHostile: Percentiles;
  readonly slowestMs: number;
  readonly missed: number;
  readonly overIdleMb: number;
  /** CPU of the batch that took the most, by that of one beside silent receivers. */
  readonly cpuRatio: number;
}

const { batchSize } = stages.prod.slowDeliveryQueue;
const { memoryMb, timeoutSeconds } = stages.prod.functions.deliver;
/** In each batch: every fifth delivery. */
const HEALTHY = batchSize / 5;
const HOSTILE = batchSize - HEALTHY;
const TIMEOUT_SECONDS = 5;
/** Receivers that only take time. Their batches are repeated: the others are compared with them. */
const SILENT = ['never answers', 'never answers over TLS'];
const SILENT_ROUNDS = 4;
/** Batches of healthy deliveries first: the heap of a process grows with its first work, whatever that is. */
const WARMING_ROUNDS = 10;
const HEALTHY_TENANT = 'healthy';
/** `deliver-batch.ts`: how many messages of a batch start at once, and how far apart the others are. */
const AT_ONCE = 10;
const APART_MS = 4;

const worked = z.object({ cpuMs: z.number(), peakMb: z.number() });
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

/**
 * Invokes the deliver function with batches of which four fifths are for hostile receivers, over TLS where that matters.
 * @throws Error if an invocation fails.
 */
export async function measureHostile(stage: Stage): Promise<HostileReport> {
  const receivers = await startChild(new URL('../test/adapters/http/hostile/receivers-process.ts', import.meta.url));
  const healthy = await startChild(new URL('../test/adapters/http/hostile/healthy-process.ts', import.meta.url));
  try {
    const port = await healthy.ask('port', null, z.number());
    const one = { subscriptions: 1, matching: 1 };
    await stage.world.addTenant(HEALTHY_TENANT, one, `https://127.0.0.1:${port}/`);
    const kinds = await receivers.ask('urls', null, z.array(z.object({ name: z.string(), url: z.string() })));
    const counts = { subscriptions: HOSTILE, matching: HOSTILE };
    for (const { name, url } of kinds) await stage.world.addTenant(tenantOf(name), counts, url, TIMEOUT_SECONDS);
    return await report(
      kinds.map(({ name }) => name),
      healthy,
      stage,
    );
  } finally {
    await Promise.all([receivers.stop(), healthy.stop()]);
  }
}

async function report(kinds: readonly string[], healthy: Child, stage: Stage): Promise<HostileReport> {
  const key = await stage.world.addKey();
  const messages = (tenant: string, events: number) => messagesOf(tenant, events, key, stage);
  const batch = async (hostile: readonly string[]) => {
    const rest = await messages(HEALTHY_TENANT, HEALTHY);
    return hostile.flatMap((message, at) => (at % 4 === 3 ? [message, rest[(at - 3) / 4] ?? ''] : [message]));
  };
  const deliver = await startDeliver(stage);
  try {
    let idleMb = 0;
    for (let round = 0; round < WARMING_ROUNDS; round++) {
      idleMb = (await invoke(await messages(HEALTHY_TENANT, batchSize), deliver, stage)).peakMb;
    }
    const run = async (receivers: string, hostile: readonly string[]): Promise<HostileRow> => {
      const all = await batch(hostile);
      await healthy.ask('take', null, arrivals);
      const { beganMs, seconds, cpuMs, peakMb, retried } = await invoke(all, deliver, stage);
      const arrived = new Map(await healthy.ask('take', null, arrivals));
      const healthyMs = all.flatMap((body, at) => {
        const { tenant, eventId } = deliveryMessage.parse(JSON.parse(body));
        const arrivedMs = arrived.get(eventId);
        if (tenant !== HEALTHY_TENANT || arrivedMs === undefined) return [];
        return [arrivedMs - beganMs - Math.max(0, at + 1 - AT_ONCE) * APART_MS];
      });
      const missed = HEALTHY - healthyMs.length + retried;
      return { receivers, healthyMs, missed, seconds, cpuSeconds: cpuMs / 1_000, overIdleMb: peakMb - idleMb };
    };
    const rows: HostileRow[] = [];
    const mixed: string[] = [];
    const rounds = Array.from({ length: SILENT_ROUNDS }, () => SILENT);
    for (const name of [...rounds.flat(), ...kinds.filter((kind) => !SILENT.includes(kind))]) {
      const hostile = await messages(tenantOf(name), 1);
      rows.push(await run(name, hostile));
    }
    for (const name of kinds) mixed.push(...(await messages(tenantOf(name), 1)).slice(0, 2));
    rows.push(await run('all of them', mixed.slice(0, HOSTILE)));
    return summary(rows);
  } finally {
    await deliver.stop();
  }
}

function summary(rows: readonly HostileRow[]): HostileReport {
  const isSilent = ({ receivers }: HostileRow) => SILENT.includes(receivers);
  const cpu = (some: readonly HostileRow[]) => some.map(({ cpuSeconds }) => cpuSeconds);
  const all = (some: readonly HostileRow[]) => some.flatMap(({ healthyMs }) => healthyMs);
  return {
    rows,
    besideSilent: percentiles(all(rows.filter(isSilent))),
    besideHostile: percentiles(all(rows.filter((row) => !isSilent(row)))),
    slowestMs: Math.max(...all(rows)),
    missed: rows.reduce((sum, { missed }) => sum + missed, 0),
    overIdleMb: Math.max(...rows.map(({ overIdleMb }) => overIdleMb)),
    cpuRatio: Math.max(...cpu(rows)) / percentiles(cpu(rows.filter(isSilent))).p50,
  };
}

const tenantOf = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** The delivery messages of some events of a tenant, from their publishing on. */
async function messagesOf(tenant: string, events: number, key: string, stage: Stage): Promise<string[]> {
  const { aws, lambdas } = stage;
  const event = eventText({ type: MATCHING_TYPE, tenant });
  await aws.ask('reset', { waves: false }, z.unknown());
  await lambdas.ingest.ask('invoke', { payloads: [publishInvocation(key, event)], times: events }, z.unknown());
  const published = (await sent(aws)).filter((body) => fanoutMessage.safeParse(JSON.parse(body)).success);
  await aws.ask('reset', { waves: false }, z.unknown());
  await lambdas.fanout.ask('invoke', { payloads: [queueInvocation(published)], times: 1 }, z.unknown());
  return (await sent(aws)).filter((body) => deliveryMessage.safeParse(JSON.parse(body)).success);
}

function startDeliver({ product }: Stage): Promise<Child> {
  const { env, bundle } = product.functions.deliver;
  const trust = { NODE_EXTRA_CA_CERTS: fileURLToPath(new URL('../test/support/tls/root.pem', import.meta.url)) };
  const options = { env: { ...env, ...trust }, shown: false, execArgv: heapOptionsOf(memoryMb) };
  return startChild(new URL('lambda/process.ts', import.meta.url), options).then(async (child) => {
    await child.ask('load', bundle, z.unknown());
    return child;
  });
}

async function invoke(batch: readonly string[], deliver: Child, { aws, product }: Stage) {
  await aws.ask('reset', { waves: false }, z.unknown());
  const payloads = [queueInvocation(batch, product.functions.deliver.env.SLOW_DELIVERY_QUEUE_URL)];
  const beganMs = nowMs();
  const used = await deliver.ask('invoke', { payloads, times: 1, timeoutMs: timeoutSeconds * 1_000 }, worked);
  const seconds = (nowMs() - beganMs) / 1_000;
  const messages = (await sent(aws)).map((body) => deliveryMessage.safeParse(JSON.parse(body)));
  const retried = messages.filter(({ data }) => data?.tenant === HEALTHY_TENANT).length;
  return { ...used, beganMs, seconds, retried };
}

const sent = async (aws: Child): Promise<string[]> => (await aws.ask('report', null, stubReport)).sent;
