import * as z from 'zod';
import { eventText } from '../payload.ts';
import { openLoop } from './loops.ts';
import { type Percentiles, percentiles } from './percentiles.ts';
import { startLocal } from './product.ts';
import { latencies, take } from './receipts.ts';

/** The latency of a healthy endpoint alone, and next to one that hangs and one that always fails. */
export interface IsolationReport {
  /** Publish to receipt. */
  readonly alone: Percentiles;
  readonly beside: Percentiles;
  /** The same, for events published from half a minute after the others started failing. */
  readonly besideLater: Percentiles;
  /** p95 with the neighbours, as a multiple of p95 alone. */
  readonly ratio: number;
  readonly lost: number;
  /** POSTs to the two bad endpoints, and the number of events for each. */
  readonly postsToBad: number;
  readonly eventsForBad: number;
}

const PER_SECOND = 50;
const ALONE_SECONDS = 20;
const BESIDE_SECONDS = 45;
const LATER_SECONDS = 30;

/** Publishes 50 events a second to a healthy endpoint, first alone, then with as many for each of two bad ones. */
export async function measureIsolation(): Promise<IsolationReport> {
  const local = await startLocal();
  try {
    const { publisher, receiver, receiverUrl } = local;
    const loop = (name: string, seconds: number) =>
      openLoop(() => publisher.publish(eventText({ type: `bench.${name}` })), PER_SECOND, seconds);
    await publisher.addEndpoint({ url: receiverUrl, event_types: ['bench.healthy'] });
    await loop('healthy', 10);
    await take(local);

    const alone = latencies(await loop('healthy', ALONE_SECONDS), await take(local));
    await publisher.addEndpoint({ url: `${receiverUrl}hang`, event_types: ['bench.hanging'] });
    await publisher.addEndpoint({ url: `${receiverUrl}fail`, event_types: ['bench.failing'] });
    const [healthy] = await Promise.all(['healthy', 'hanging', 'failing'].map((name) => loop(name, BESIDE_SECONDS)));
    const beside = latencies(healthy ?? [], await take(local));
    const later = beside.of.slice(LATER_SECONDS * PER_SECOND);
    const [one, other] = [percentiles(alone.of), percentiles(beside.of)];
    return {
      alone: one,
      beside: other,
      besideLater: percentiles(later),
      ratio: other.p95 / one.p95,
      lost: alone.lost + beside.lost,
      postsToBad: await receiver.ask('bad', null, z.number()),
      eventsForBad: PER_SECOND * BESIDE_SECONDS,
    };
  } finally {
    await local.close();
  }
}
