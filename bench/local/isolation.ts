import * as z from 'zod';
import { eventText } from '../payload.ts';
import { openLoop } from './loops.ts';
import { type Percentiles, percentiles } from './percentiles.ts';
import { type LocalProduct, startLocal } from './product.ts';
import { latencies, take } from './receipts.ts';

/** The latency of a healthy endpoint alone, and next to one that hangs and one that always fails. Publish to receipt. */
export interface IsolationReport {
  readonly alone: Percentiles;
  /** Over all rounds. */
  readonly beside: Percentiles;
  readonly samples: { readonly alone: number; readonly beside: number };
  /** Beside, by round. */
  readonly rounds: readonly Percentiles[];
  readonly lost: number;
  /** POSTs to the bad endpoints, and the number of events for them. */
  readonly postsToBad: number;
  readonly eventsForBad: number;
}

const PER_SECOND = 50;
const ROUNDS = 3;
const ALONE_SECONDS = 45;
const BESIDE_SECONDS = 25;
const BAD = ['hanging', 'failing'];

/**
 * Publishes 50 events a second to a healthy endpoint, first alone and then with as many for each of two bad ones. Not in turn:
 * what waits for bad endpoints is worked off for minutes, and alone would not be alone. Each round has bad endpoints of its
 * own, so that it includes what they cost until their circuits are open.
 */
export async function measureIsolation(): Promise<IsolationReport> {
  const local = await startLocal();
  try {
    const { publisher, receiver, receiverUrl } = local;
    await publisher.addEndpoint({ url: receiverUrl, event_types: ['bench.healthy'] });
    await publish(local, 'healthy', 10);
    await take(local);
    const alone = latencies(await publish(local, 'healthy', ALONE_SECONDS), await take(local));
    const rounds: { of: number[]; lost: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await besideBad(local));
    const beside = rounds.flatMap(({ of }) => of);
    const lost = rounds.reduce((sum, round) => sum + round.lost, alone.lost);
    return {
      alone: percentiles(alone.of),
      beside: percentiles(beside),
      samples: { alone: alone.of.length, beside: beside.length },
      rounds: rounds.map(({ of }) => percentiles(of)),
      lost,
      postsToBad: await receiver.ask('bad', null, z.number()),
      eventsForBad: ROUNDS * BAD.length * PER_SECOND * BESIDE_SECONDS,
    };
  } finally {
    await local.close();
  }
}

const publish = ({ publisher }: LocalProduct, name: string, seconds: number) =>
  openLoop(() => publisher.publish(eventText({ type: `bench.${name}` })), PER_SECOND, seconds);

/** The healthy endpoint next to new bad ones, which are gone afterwards, with all that waits for them. */
async function besideBad(local: LocalProduct): Promise<ReturnType<typeof latencies>> {
  const { publisher, receiver, receiverUrl } = local;
  const hanging = await publisher.addEndpoint({ url: `${receiverUrl}hang`, event_types: ['bench.hanging'] });
  const failing = await publisher.addEndpoint({ url: `${receiverUrl}fail`, event_types: ['bench.failing'] });
  const [healthy = []] = await Promise.all(['healthy', ...BAD].map((name) => publish(local, name, BESIDE_SECONDS)));
  for (const id of [hanging, failing]) await publisher.removeEndpoint(id);
  await receiver.ask('hangUp', null, z.unknown());
  return latencies(healthy, await take(local));
}
