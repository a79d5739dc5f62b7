import { TASKS } from '../lambdas/redrive/config.ts';
import type { QueueNumbers, Stage } from './stage.ts';

/** Ingest answers a request within about this time, so it runs `rate * INGEST_SECONDS` times at once. */
export const INGEST_SECONDS = 0.1;

/** What Lambda leaves to functions without a reservation. Source: Lambda API reference, "PutFunctionConcurrency". */
export const UNRESERVED_LEAST = 100;

/** The queues that feed functions. */
export function queuesOf(
  stage: Stage,
): Readonly<
  Record<'fanout' | 'bulkFanout' | 'fast' | 'slow' | 'bulk' | 'jobs' | 'stats' | 'continuations', QueueNumbers>
> {
  return {
    fanout: stage.fanoutQueue,
    bulkFanout: stage.bulkFanoutQueue,
    fast: stage.deliveryQueue,
    slow: stage.slowDeliveryQueue,
    bulk: stage.bulkDeliveryQueue,
    jobs: stage.jobsQueue,
    stats: stage.statsQueue,
    continuations: stage.continuationsQueue,
  };
}

/** How many invocations Lambda may start at once for these queues together: their mappings' MaximumConcurrency. */
export const concurrencyOf = (...queues: readonly QueueNumbers[]): number =>
  queues.reduce((sum, { concurrencyMax }) => sum + concurrencyMax, 0);

/** The functions that may have a reservation. */
export type ReservedFunction = keyof NonNullable<Stage['reserved']>;

/**
 * The least that a function may reserve. A reservation is a limit too: below this, it would throttle the stage's own
 * work.
 */
export function reservedLeast(stage: Stage): Readonly<Record<ReservedFunction, number>> {
  const { jobs, stats, continuations } = queuesOf(stage);
  return {
    ingest: Math.ceil(stage.throttle.rate * INGEST_SECONDS),
    // One to spare: a task may still run when its next minute begins.
    redrive: concurrencyOf(jobs, stats, continuations) + TASKS.length + 1,
  };
}

/** @throws Error naming the reservation that is too small, and its least. */
export function checkReserved(stage: Stage): void {
  if (stage.reserved === undefined) return;
  for (const [name, least] of Object.entries(reservedLeast(stage)) as [ReservedFunction, number][]) {
    const reserved = stage.reserved[name];
    if (Number.isSafeInteger(reserved) && reserved >= least) continue;
    throw new Error(
      `Stage ${stage.name} reserves ${reserved} for ${name}: reserved.${name} in lib/stage.ts must be a whole number of at least ${least}.`,
    );
  }
}
