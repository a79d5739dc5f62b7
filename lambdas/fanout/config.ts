import * as z from 'zod';
import { wholeNumber } from '../runtime/env.ts';

/** Environment of the fan-out Lambda: set by lib/stacks, read by handler.ts. */
export const fanoutEnv = z.object({
  REGISTRY_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  PAYLOAD_BUCKET: z.string().min(1),
  FANOUT_QUEUE_URL: z.url(),
  BULK_FANOUT_QUEUE_URL: z.url(),
  DELIVERY_QUEUE_URL: z.url(),
  BULK_DELIVERY_QUEUE_URL: z.url(),
  STATS_QUEUE_URL: z.url(),
  LIST_SHARDS: wholeNumber(),
  WAITING_SHARDS: wholeNumber(),
  /** The metrics' dimension `stage`. Empty: there are none. */
  METRICS_STAGE: z.string(),
});
