import * as z from 'zod';
import type { DeliveryLane } from '../../core/deliveries/message.ts';
import { cidrList, flag, wholeNumber, wholeNumberOrNull } from '../runtime/env.ts';

/** The queues that feed the deliver Lambda: one per lane. */
export type DeliverSource = DeliveryLane;

/** Environment of the deliver Lambda: set by lib/stacks, read by handler.ts. */
export const deliverEnv = z.object({
  REGISTRY_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  PAYLOAD_BUCKET: z.string().min(1),
  DELIVERY_QUEUE_URL: z.url(),
  SLOW_DELIVERY_QUEUE_URL: z.url(),
  BULK_DELIVERY_QUEUE_URL: z.url(),
  STATS_QUEUE_URL: z.url(),
  SECRETS_KEY_ARN: z.string().min(1),
  AUDIT_RETENTION_DAYS: wholeNumberOrNull(),
  LIST_SHARDS: wholeNumber(),
  WAITING_SHARDS: wholeNumber(),
  FUNCTION_TIMEOUT_SECONDS: wholeNumber(),
  FUNCTION_MEMORY_MB: wholeNumber(),
  /** Consecutive failures that open an endpoint's circuit. */
  CIRCUIT_OPENS_AFTER_FAILURES: wholeNumber(),
  /** An endpoint is disabled after this many days and this many failures without a success. */
  DISABLED_AFTER_DAYS: wholeNumber(),
  DISABLED_AFTER_FAILURES: wholeNumber(),
  /** A host name of AWS's own: if it cannot be looked up, failed look-ups are our resolver's fault. Empty: none is asked. */
  DNS_CANARY: z.string(),
  /** CIDR blocks that deliveries may reach although they are not global unicast. Empty in every deployed stage. */
  EGRESS_ALLOWED_CIDRS: cidrList(),
  /** Whether http:// endpoints are allowed at those addresses (the local stage). */
  EGRESS_ALLOW_HTTP: flag(),
  /** The metrics' dimension `stage`. Empty: there are none. */
  METRICS_STAGE: z.string(),
  /** One in so many acknowledged attempts is logged. */
  LOG_ONE_IN: z.coerce.number().int().min(1),
});
