import * as z from 'zod';
import { cidrList, flag, wholeNumber, wholeNumberOrNull } from '../runtime/env.ts';

/** Where operators sign in with an AWS role, by the role that they get: two routes, so that a policy can tell them apart. */
export const SIGN_IN_PATHS = { viewer: '/v1/iam/sessions/viewer', admin: '/v1/iam/sessions/admin' } as const;

/** ARNs of roles, separated by spaces; an empty text is an empty list. */
const roleArns = () => z.string().transform((text) => text.split(' ').filter((arn) => arn !== ''));

/** Environment of the management API's Lambda: set by lib/stacks, read by handler.ts. */
export const apiEnv = z.object({
  REGISTRY_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  PAYLOAD_BUCKET: z.string().min(1),
  DELIVERY_QUEUE_URL: z.url(),
  BULK_DELIVERY_QUEUE_URL: z.url(),
  JOBS_QUEUE_URL: z.url(),
  /** The other queues, whose depths the API shows. */
  FANOUT_QUEUE_URL: z.url(),
  BULK_FANOUT_QUEUE_URL: z.url(),
  SLOW_DELIVERY_QUEUE_URL: z.url(),
  STATS_QUEUE_URL: z.url(),
  CONTINUATIONS_QUEUE_URL: z.url(),
  RULE_DEAD_LETTER_QUEUE_URL: z.url(),
  FANOUT_DEAD_LETTER_QUEUE_URL: z.url(),
  DEAD_LETTER_QUEUE_URL: z.url(),
  JOBS_DEAD_LETTER_QUEUE_URL: z.url(),
  STATS_DEAD_LETTER_QUEUE_URL: z.url(),
  CONTINUATIONS_DEAD_LETTER_QUEUE_URL: z.url(),
  STAGE: z.string().min(1),
  /** Where browsers find this API. */
  PUBLIC_URL: z.url(),
  /** The AWS roles that may sign in as viewers and as admins. */
  VIEWER_ROLES: roleArns(),
  ADMIN_ROLES: roleArns(),
  /** Whether the stage sends heartbeats. */
  HEARTBEAT: flag(),
  REQUESTS_PER_SECOND: wholeNumber(),
  REQUESTS_BURST: wholeNumber(),
  SECRETS_KEY_ARN: z.string().min(1),
  RETENTION_DAYS: wholeNumber(),
  DEAD_LETTER_RETENTION_DAYS: wholeNumber(),
  AUDIT_RETENTION_DAYS: wholeNumberOrNull(),
  LIST_SHARDS: wholeNumber(),
  WAITING_SHARDS: wholeNumber(),
  /** Same meaning as in the deliver Lambda: an endpoint's URL is checked by the same rule when it is registered. */
  EGRESS_ALLOWED_CIDRS: cidrList(),
  EGRESS_ALLOW_HTTP: flag(),
});
