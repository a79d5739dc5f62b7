import * as z from 'zod';
import { bucketOf, type Histogram, isBucket, merged } from './histogram.ts';

export const HOUR_MS = 3_600_000;

/** Attempts on one endpoint that began in one hour. Tallies of the same endpoint and hour add up. */
export interface Tally {
  endpointId: string;
  /** When the hour begins, in ms since the epoch. */
  hour: number;
  delivered: number;
  failed: number;
  /** How long they took, those that failed included. */
  latency: Histogram;
}

/** The beginning of the hour that a time is in. */
export const hourOf = (epochMs: number) => Math.floor(epochMs / HOUR_MS) * HOUR_MS;

/** The tally of one attempt. */
export function tallyOf(
  endpointId: string,
  { at, durationMs, errorCode }: { at: number; durationMs: number; errorCode: string | null },
): Tally {
  const isDelivered = errorCode === null;
  return {
    endpointId,
    hour: hourOf(at),
    delivered: isDelivered ? 1 : 0,
    failed: isDelivered ? 0 : 1,
    latency: { [bucketOf(durationMs)]: 1 },
  };
}

/** How many attempts a tally counts. */
export const attemptsIn = ({ delivered, failed }: Pick<Tally, 'delivered' | 'failed'>) => delivered + failed;

/** Names what tallies add up by. */
export const tallyName = ({ endpointId, hour }: Tally) => `${endpointId}/${hour}`;

/** Adds up the tallies of each endpoint and hour. */
export function mergeTallies(tallies: readonly Tally[]): Tally[] {
  const sums = new Map<string, Tally>();
  for (const tally of tallies) {
    const sum = sums.get(tallyName(tally));
    sums.set(tallyName(tally), sum === undefined ? tally : added(sum, tally));
  }
  return [...sums.values()];
}

function added(one: Tally, other: Tally): Tally {
  return {
    ...one,
    delivered: one.delivered + other.delivered,
    failed: one.failed + other.failed,
    latency: merged(one.latency, other.latency),
  };
}

const count = z.int().min(0);

/** The body of a message of the stats queue: what one invocation of the deliver Lambda has seen. */
export const tallyMessage = z.object({
  v: z.literal(1),
  tallies: z.array(
    z.object({
      endpointId: z.string().min(1),
      hour: z.int().multipleOf(HOUR_MS),
      delivered: count,
      failed: count,
      latency: z.record(z.string().refine(isBucket), z.int().min(1)),
    }),
  ),
});
export type TallyMessage = z.output<typeof tallyMessage>;
