import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { deliveryMessage } from '../core/deliveries/message.ts';
import { EVENT_BYTES_MAX } from '../core/events/input.ts';
import { fanoutMessage } from '../core/fanout/message.ts';
import { stages } from '../lib/stage.ts';
import { stubReport } from './aws/tally.ts';
import { publishInvocation, queueInvocation } from './invocations.ts';
import { eventText } from './payload.ts';
import { limitCpu } from './process/cpu-share.ts';
import { type Child, startChild } from './process/parent.ts';
import type { Stage } from './stage.ts';
import { MATCHING_TYPE } from './world.ts';

/** A batch of the slow lane with the largest bodies. */
export interface LargeBodiesRow {
  readonly batch: string;
  /** POSTs that the receiver got, of the messages in the batch; the others were handed on. */
  readonly posts: number;
  readonly of: number;
  readonly seconds: number;
  readonly peakMb: number;
}

const { memoryMb, timeoutSeconds } = stages.prod.functions.deliver;
const { batchSize } = stages.prod.slowDeliveryQueue;
/** Lambda's share of a core: 1,769 MB is one. */
const CPU_SHARE = memoryMb / 1769;
/** What Lambda's Node runtime leaves of the memory for the heap. */
const HEAP_MB = Math.floor(memoryMb * 0.9);
const TENANT = 'large-bodies';
/** A text with a character beyond Latin-1 takes two bytes a character in memory. */
const BODIES = [
  { batch: '100 bodies of 1 MiB, ASCII', text: 'x' },
  { batch: '100 bodies of 1 MiB, with an emoji', text: '🚚x' },
] as const;

const worked = z.object({ cpuMs: z.number(), peakMb: z.number() });

/**
 * Invokes the deliver function with batches of the largest bodies, over TLS, at its memory and share of CPU.
 * @throws Error if a message fails, or the invocation would have timed out.
 */
export async function measureLargeBodies(stage: Stage): Promise<LargeBodiesRow[]> {
  const receiver = await startChild(new URL('tls-receiver.ts', import.meta.url));
  try {
    const url = `https://127.0.0.1:${await receiver.ask('port', null, z.number())}/`;
    await stage.world.addTenant(TENANT, { subscriptions: batchSize, matching: batchSize }, url);
    const rows: LargeBodiesRow[] = [];
    for (const { batch, text } of BODIES)
      rows.push({ batch, ...(await deliver(await messages(text, stage), receiver, stage)) });
    return rows;
  } finally {
    await receiver.stop();
  }
}

/** The messages of one event to 100 endpoints, from its publishing on. */
async function messages(text: string, { aws, lambdas, world }: Stage): Promise<string[]> {
  const data = text.padEnd(EVENT_BYTES_MAX - 1_024, 'x').slice(0, EVENT_BYTES_MAX - 1_024);
  const event = eventText({ type: MATCHING_TYPE, tenant: TENANT }, JSON.stringify(data));
  await aws.ask('reset', { waves: false }, z.unknown());
  await lambdas.ingest.ask(
    'invoke',
    { payloads: [publishInvocation(await world.addKey(), event)], times: 1 },
    z.unknown(),
  );
  const published = (await sent(aws)).filter((body) => fanoutMessage.safeParse(JSON.parse(body)).success);
  await lambdas.fanout.ask('invoke', { payloads: [queueInvocation(published)], times: 1 }, z.unknown());
  return (await sent(aws)).filter((body) => deliveryMessage.safeParse(JSON.parse(body)).success);
}

async function deliver(
  batch: string[],
  receiver: Child,
  { aws, product }: Stage,
): Promise<Omit<LargeBodiesRow, 'batch'>> {
  const { env, bundle } = product.functions.deliver;
  const trust = { NODE_EXTRA_CA_CERTS: fileURLToPath(new URL('../test/support/tls/cert.pem', import.meta.url)) };
  const execArgv = [`--max-old-space-size=${HEAP_MB}`];
  const child = await startChild(new URL('lambda/process.ts', import.meta.url), {
    ...{ env: { ...env, ...trust }, shown: false, execArgv },
  });
  try {
    await child.ask('load', bundle, z.unknown());
    await aws.ask('reset', { waves: false }, z.unknown());
    const before = await receiver.ask('received', null, z.number());
    const payloads = [queueInvocation(batch, env.SLOW_DELIVERY_QUEUE_URL)];
    const release = limitCpu(child.pid, CPU_SHARE);
    const began = performance.now();
    const timeoutMs = timeoutSeconds * 1_000;
    const { peakMb } = await child.ask('invoke', { payloads, times: 1, timeoutMs }, worked).finally(release);
    const seconds = (performance.now() - began) / 1_000;
    const posts = (await receiver.ask('received', null, z.number())) - before;
    return { posts, of: batch.length, seconds, peakMb };
  } finally {
    await child.stop();
  }
}

const sent = async (aws: Child): Promise<string[]> => (await aws.ask('report', null, stubReport)).sent;
