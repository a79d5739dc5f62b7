import * as z from 'zod';
import { wholeNumber, wholeNumberOrNull } from '../runtime/env.ts';

/** The API's route that the heartbeat is delivered to. It is not part of the public contract. */
export const HEARTBEAT_PATH = '/heartbeat';

/** The one task of the schedule. */
export const TASK = 'heartbeat';

/** Environment of the heartbeat's Lambda: set by lib/stacks, read by handler.ts. */
export const heartbeatEnv = z.object({
  /** Both by the API's own address, as its callers know it: where it publishes, and where that is delivered. */
  PUBLISH_URL: z.url(),
  HEARTBEAT_URL: z.url(),
  REGISTRY_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  SECRETS_KEY_ARN: z.string().min(1),
  /** Within how many seconds a heartbeat must arrive. */
  ARRIVES_WITHIN_SECONDS: wholeNumber(),
  AUDIT_RETENTION_DAYS: wholeNumberOrNull(),
  LIST_SHARDS: wholeNumber(),
  WAITING_SHARDS: wholeNumber(),
  /** The dimension of its metrics; empty: it emits none. */
  METRICS_STAGE: z.string(),
});
