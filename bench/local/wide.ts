import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { inParallel } from '../../core/parallel.ts';
import { eventText } from '../payload.ts';
import { closedLoop, openLoop, openLoopWhile, type Published } from './loops.ts';
import { type Percentiles, percentiles } from './percentiles.ts';
import { type arrivals, type LocalProduct, startLocal } from './product.ts';
import { latencies, take } from './receipts.ts';

/** The latency of one tenant alone, and next to another whose events each go to thousands of endpoints. */
export interface WideReport {
  /** Publish to receipt, of the tenant with one endpoint. */
  readonly alone: Percentiles;
  /** The same while the other tenant's deliveries were under way. */
  readonly beside: Percentiles;
  /** p95 with the neighbour, as a multiple of p95 alone. */
  readonly ratio: number;
  readonly samples: { readonly alone: number; readonly beside: number };
  /** The wide tenant's deliveries a second, from its first publish to its last receipt. */
  readonly widePerSecond: { readonly alone: number; readonly beside: number };
  /** Of both tenants. */
  readonly lost: number;
}

const QUIET_PER_SECOND = 5;
const ALONE_SECONDS = 30;
const ENDPOINTS = 2_000;
const EVENTS_ALONE = 3;
/** 38,000 deliveries. */
const EVENTS_BESIDE = 19;
const CREATED_AT_ONCE = 8;
const POLL_MS = 200;
const PATIENCE_MS = 300_000;

/** Publishes 5 events a second for one tenant, first alone, then next to the other's 38,000 deliveries. */
export async function measureWide(): Promise<WideReport> {
  const local = await startLocal();
  try {
    const { publisher, receiverUrl } = local;
    await publisher.addEndpoint({ tenant: 'quiet', url: receiverUrl, event_types: ['bench.quiet'] });
    await inParallel(
      Array.from({ length: ENDPOINTS }, (_, n) => n),
      CREATED_AT_ONCE,
      async (n) => {
        await publisher.addEndpoint({ tenant: 'wide', url: `${receiverUrl}${n}`, event_types: ['bench.wide'] });
      },
    );
    const quiet = () => publisher.publish(eventText({ type: 'bench.quiet', tenant: 'quiet' }));
    // Endpoints begin in the slow lane, and leave it by their first answer.
    await Promise.all([openLoop(quiet, QUIET_PER_SECOND, 5), publishWide(local, 1)]);
    await take(local);

    const alone = latencies(await openLoop(quiet, QUIET_PER_SECOND, ALONE_SECONDS), await take(local));
    const wideAlone = rateOf(await publishWide(local, EVENTS_ALONE), await take(local));

    let isOver = false;
    const publishing = publishWide(local, EVENTS_BESIDE).finally(() => {
      isOver = true;
    });
    const published = await openLoopWhile(quiet, QUIET_PER_SECOND, () => !isOver);
    const wide = await publishing;
    const received = await take(local);
    const beside = latencies(published, received);
    const wideBeside = rateOf(wide, received);
    const [one, other] = [percentiles(alone.of), percentiles(beside.of)];
    return {
      alone: one,
      beside: other,
      ratio: other.p95 / one.p95,
      samples: { alone: alone.of.length, beside: beside.of.length },
      widePerSecond: { alone: wideAlone.perSecond, beside: wideBeside.perSecond },
      lost: alone.lost + beside.lost + wideAlone.lost + wideBeside.lost,
    };
  } finally {
    await local.close();
  }
}

/** Publishes events at once, and waits until each has arrived as often as there are endpoints. */
async function publishWide({ publisher, receiver }: LocalProduct, events: number): Promise<Published[]> {
  const event = eventText({ type: 'bench.wide', tenant: 'wide' });
  const published = await closedLoop(() => publisher.publish(event), events, events);
  const ids = published.map(({ id }) => id);
  const deadline = performance.now() + PATIENCE_MS;
  while ((await receiver.ask('countOf', ids, z.number())) < events * ENDPOINTS && performance.now() < deadline) {
    await sleep(POLL_MS);
  }
  return published;
}

/** The wide tenant's deliveries a second, from its first publish to its last receipt. */
function rateOf(published: readonly Published[], received: z.output<typeof arrivals>) {
  const ids = new Set(published.map(({ id }) => id));
  const times = received.filter(([id]) => ids.has(id)).map(([, atMs]) => atMs);
  const began = Math.min(...published.map(({ beganMs }) => beganMs));
  const last = times.reduce((latest, atMs) => Math.max(latest, atMs), began);
  return { perSecond: (times.length * 1000) / (last - began), lost: ids.size * ENDPOINTS - times.length };
}
