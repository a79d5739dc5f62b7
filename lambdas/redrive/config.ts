import * as z from 'zod';
import { wholeNumber, wholeNumberOrNull } from '../runtime/env.ts';

export { TASKS, type Task } from '../../core/tasks/scheduled.ts';

/** The queues that feed the redrive Lambda. */
export type RedriveSource = 'jobs' | 'stats' | 'continuations';

/** Environment of the redrive Lambda: set by lib/stacks, read by handler.ts. */
export const redriveEnv = z.object({
  REGISTRY_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  PAYLOAD_BUCKET: z.string().min(1),
  EVENT_BUS: z.string().min(1),
  FANOUT_QUEUE_URL: z.url(),
  BULK_FANOUT_QUEUE_URL: z.url(),
  FANOUT_DEAD_LETTER_QUEUE_URL: z.url(),
  RULE_DEAD_LETTER_QUEUE_URL: z.url(),
  DELIVERY_QUEUE_URL: z.url(),
  SLOW_DELIVERY_QUEUE_URL: z.url(),
  BULK_DELIVERY_QUEUE_URL: z.url(),
  JOBS_QUEUE_URL: z.url(),
  STATS_QUEUE_URL: z.url(),
  CONTINUATIONS_QUEUE_URL: z.url(),
  DEAD_LETTER_QUEUE_URL: z.url(),
  RETENTION_DAYS: wholeNumber(),
  DEAD_LETTER_RETENTION_DAYS: wholeNumber(),
  AUDIT_RETENTION_DAYS: wholeNumberOrNull(),
  LIST_SHARDS: wholeNumber(),
  WAITING_SHARDS: wholeNumber(),
  /** The deliver Lambda's timeout: no invocation uses what it read of an endpoint for longer. */
  DELIVER_TIMEOUT_SECONDS: wholeNumber(),
  RELEASE_PER_SECOND: wholeNumber(),
  /** The metrics' dimension `stage`. Empty: there are none. */
  METRICS_STAGE: z.string(),
});
