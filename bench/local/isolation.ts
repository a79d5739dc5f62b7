import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { eventText } from '../payload.ts';
import { openLoop, type Published } from './loops.ts';
import { type Percentiles, percentiles } from './percentiles.ts';
import { type LocalProduct, startLocal, usage } from './product.ts';
import { latencies, take } from './receipts.ts';

/** The latency of a healthy endpoint alone, and next to one that hangs and one that always fails. Publish to receipt. */
export interface IsolationReport {
  readonly alone: Percentiles;
  readonly beside: Percentiles;
  readonly samples: { readonly alone: number; readonly beside: number };
  /** Beside, from the first failures on: each third of the time. */
  readonly thirds: readonly Percentiles[];
  readonly lost: number;
  /** Cores that the product takes beside bad endpoints, its local AWS included. */
  readonly cores: number;
  /** POSTs to the bad endpoints, and the number of events for them. */
  readonly postsToBad: number;
  readonly eventsForBad: number;
}

/**
 * For each endpoint. All of AWS takes its CPU from this machine too: at 50 a second for each of three endpoints it needs two
 * cores, and what is measured then is the wait for those, however well endpoints are kept apart.
 */
export const PER_SECOND = 15;
const ALONE_SECONDS = 45;
const BESIDE_SECONDS = 75;
const BAD = ['hanging', 'failing'];

/**
 * Publishes 15 events a second to a healthy endpoint, first alone and then with as many for each of two bad ones, from their
 * first failures on until their circuits have long been open. Not in turn: what waits for bad endpoints is worked off for
 * minutes, and alone would not be alone.
 */
export async function measureIsolation(): Promise<IsolationReport> {
  const local = await startLocal();
  try {
    const { publisher, receiver, receiverUrl, product } = local;
    await publisher.addEndpoint({ url: receiverUrl, event_types: ['bench.healthy'] });
    await publish(local, 'healthy', 10);
    await take(local);
    const alone = latencies(await publish(local, 'healthy', ALONE_SECONDS), await take(local));
    await publisher.addEndpoint({ url: `${receiverUrl}hang`, event_types: ['bench.hanging'] });
    await publisher.addEndpoint({ url: `${receiverUrl}fail`, event_types: ['bench.failing'] });
    const cpuMs = async () => (await product.ask('usage', null, usage)).cpuMs;
    const before = await cpuMs();
    const healthy = await publishBeside(local);
    const cores = ((await cpuMs()) - before) / 1000 / BESIDE_SECONDS;
    const beside = latencies(healthy, await take(local));
    const third = Math.ceil(beside.of.length / 3);
    return {
      alone: percentiles(alone.of),
      beside: percentiles(beside.of),
      samples: { alone: alone.of.length, beside: beside.of.length },
      thirds: [0, 1, 2].map((at) => percentiles(beside.of.slice(at * third, (at + 1) * third))),
      lost: alone.lost + beside.lost,
      cores,
      postsToBad: await receiver.ask('bad', null, z.number()),
      eventsForBad: BAD.length * PER_SECOND * BESIDE_SECONDS,
    };
  } finally {
    await local.close();
  }
}

const publish = ({ publisher }: LocalProduct, name: string, seconds: number) =>
  openLoop(() => publisher.publish(eventText({ type: `bench.${name}` })), PER_SECOND, seconds);

/** @returns the events of the healthy endpoint. */
async function publishBeside(local: LocalProduct): Promise<Published[]> {
  const [healthy = []] = await Promise.all(
    ['healthy', ...BAD].map(async (name, at) => {
      // Not all three at the same moments: then each would wait for the CPU of the others.
      await sleep((at * 1000) / PER_SECOND / 3);
      return publish(local, name, BESIDE_SECONDS);
    }),
  );
  return healthy;
}
