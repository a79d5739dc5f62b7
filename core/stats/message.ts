import * as z from 'zod';
import { HOUR_MS } from '../durations.ts';
import { isBucket } from './histogram.ts';
import { FILTER_ERROR_MAX } from './tally.ts';

const count = z.int().min(0);

/** The body of a message of the stats queue: the tallies of one invocation of the deliver or fan-out Lambda. */
export const tallyMessage = z.object({
  v: z.literal(1),
  tallies: z.array(
    z.object({
      endpointId: z.string().min(1),
      tenant: z.string().min(1).optional(),
      hour: z.int().multipleOf(HOUR_MS),
      delivered: count,
      failed: count,
      latency: z.record(z.string().refine(isBucket), z.int().min(1)),
      filterErrors: count.optional(),
      filterError: z.string().max(FILTER_ERROR_MAX).optional(),
      undecided: count.optional(),
    }),
  ),
});
export type TallyMessage = z.output<typeof tallyMessage>;
