import * as z from 'zod';
import { cidrList, flag, wholeNumber } from '../runtime/env.ts';

/** Environment of the deliver Lambda: set by lib/stacks, read by handler.ts. */
export const deliverEnv = z.object({
  REGISTRY_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  PAYLOAD_BUCKET: z.string().min(1),
  DELIVERY_QUEUE_URL: z.url(),
  SECRETS_KEY_ARN: z.string().min(1),
  LIST_SHARDS: wholeNumber(),
  WAITING_SHARDS: wholeNumber(),
  FUNCTION_TIMEOUT_SECONDS: wholeNumber(),
  /** CIDR blocks that deliveries may reach although they are not global unicast. Empty in every deployed stage. */
  EGRESS_ALLOWED_CIDRS: cidrList(),
  /** Whether http:// endpoints are allowed at those addresses (the local stage). */
  EGRESS_ALLOW_HTTP: flag(),
});
