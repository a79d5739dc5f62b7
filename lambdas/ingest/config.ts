import * as z from 'zod';
import { wholeNumber } from '../runtime/env.ts';

/** Where callers inside AWS publish: they sign with their role (SigV4) instead of using an API key. */
export const IAM_PUBLISH_PATH = '/v1/iam/events';

/** Environment of the ingest Lambda: set by lib/stacks, read by handler.ts. */
export const ingestEnv = z.object({
  REGISTRY_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  PAYLOAD_BUCKET: z.string().min(1),
  EVENT_BUS: z.string().min(1),
  RETENTION_DAYS: wholeNumber(),
  LIST_SHARDS: wholeNumber(),
  /** The metrics' dimension `stage`. Empty: there are none. */
  METRICS_STAGE: z.string(),
});
