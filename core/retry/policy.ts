import * as z from 'zod';

/** How a delivery is retried. Defaults: 10 attempts over about 32 hours. */
export const retryPolicy = z.strictObject({
  initial_delay_seconds: z.number().min(1).max(43_200).default(5),
  backoff_factor: z.number().min(1).max(10).default(4),
  max_delay_seconds: z.number().min(1).max(86_400).default(43_200),
  max_attempts: z.number().int().min(1).max(50).default(10),
  jitter: z.number().min(0).max(1).default(0.2),
  retry_on: z.enum(['all', 'transient']).default('all'),
});
export type RetryPolicy = z.output<typeof retryPolicy>;

/** Seconds from a cycle's first attempt to its last, when every attempt fails at once and jitter falls long. */
export function horizonSeconds(policy: RetryPolicy): number {
  let total = 0;
  for (let attempt = 1; attempt < policy.max_attempts; attempt++) {
    total += Math.min(baseDelaySeconds(policy, attempt) * (1 + policy.jitter), policy.max_delay_seconds);
  }
  return total;
}

/** The wait after the attempt of this number, without jitter, capped by the policy. */
export function baseDelaySeconds(policy: RetryPolicy, attempt: number): number {
  return Math.min(policy.initial_delay_seconds * policy.backoff_factor ** (attempt - 1), policy.max_delay_seconds);
}
