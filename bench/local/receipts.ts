import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import type { Published } from './loops.ts';
import { arrivals, type LocalProduct } from './product.ts';

const SETTLE_MS = 3_000;

/** What the receiver recorded since the last call, once everything has arrived. */
export async function take({ receiver }: LocalProduct): Promise<z.output<typeof arrivals>> {
  await sleep(SETTLE_MS);
  return receiver.ask('take', null, arrivals);
}

/** Publish to receipt, in the order in which the publishes were due. */
export function latencies(published: readonly Published[], received: z.output<typeof arrivals>) {
  const firstReceipt = new Map(received.toReversed());
  const of = published.flatMap(({ id, beganMs }) => {
    const at = firstReceipt.get(id);
    return at === undefined ? [] : [at - beganMs];
  });
  return { of, lost: published.length - of.length };
}
