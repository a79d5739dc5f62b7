import * as z from 'zod';

/** The 4xx that a receiver answers for reasons of the moment. */
export const TRANSIENT_CLIENT_ERRORS: readonly number[] = [408, 425, 429];

/** How a delivery is retried. Defaults: 10 attempts over about 32 hours. */
export const retryPolicy = z.strictObject({
  initial_delay_seconds: z
    .number()
    .min(1)
    .max(43_200)
    .meta({ description: 'Seconds to wait after the first attempt.' })
    .default(5),
  backoff_factor: z
    .number()
    .min(1)
    .max(10)
    .meta({ description: 'Factor by which the wait grows after each further attempt. 1 keeps it constant.' })
    .default(4),
  max_delay_seconds: z
    .number()
    .min(1)
    .max(86_400)
    .meta({
      description: 'Caps back-off and `Retry-After`, in seconds. After a 429 or a timeout the wait is at least 60 s.',
    })
    .default(43_200),
  max_attempts: z
    .number()
    .int()
    .min(1)
    .max(50)
    .meta({ description: 'Attempts in total, including the first. 1 disables retries.' })
    .default(10),
  jitter: z
    .number()
    .min(0)
    .max(1)
    .meta({ description: 'Random variation of the wait as a fraction: 0.2 is 80 to 120 %.' })
    .default(0.2),
  retry_on: z
    .enum(['all', 'transient'])
    .meta({
      description: `\`all\`: every failure except 410. \`transient\`: ${TRANSIENT_CLIENT_ERRORS.join(', ')}, 3xx, 5xx and no answer; other 4xx end the delivery.`,
    })
    .default('all'),
});
export type RetryPolicy = z.output<typeof retryPolicy>;

/** Seconds from a cycle's first attempt to its last, if every attempt fails at once and jitter is at its maximum. */
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

/** The minimum wait for an overloaded or slow receiver. */
const OVERLOAD_FLOOR_SECONDS = 60;

/** The part of an attempt's result that decides the wait. */
export interface FailedAttempt {
  statusCode: number | null;
  errorCode: string | null;
  /** The Retry-After header, raw. */
  retryAfter: string | null;
}

/** The three formats of a date in HTTP (RFC 9110, 5.6.7); all are in GMT, even the last, which does not say so. */
const HTTP_DATE =
  /^(?:[a-z]{3,9}, \d{1,2}[ -][a-z]{3}[ -](?:\d{2}|\d{4}) \d\d:\d\d:\d\d (?<zone>GMT|UTC|[+-]\d{4})|[a-z]{3} [a-z]{3} [ \d]\d \d\d:\d\d:\d\d \d{4})$/i;

/** Ten digits are 300 years: more, such as a time in nanoseconds, are a receiver's mistake and not a wait. */
const SECONDS = /^\d{1,10}$/;

/**
 * The seconds that a Retry-After header asks for, in either form (RFC 9110, 10.2.3); undefined if it cannot be parsed.
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (SECONDS.test(text)) return Number(text);
  // Date.parse alone takes any number after any word for a year: "wait 30" would be the year 2030.
  const form = HTTP_DATE.exec(text);
  if (form === null) return undefined;
  const at = Date.parse(form.groups?.zone === undefined ? `${text} GMT` : text);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - nowMs) / 1000);
}

/**
 * The wait after a failed attempt, in seconds: the longest of the policy's delay with jitter, the Retry-After delay
 * (both capped by the policy's max_delay_seconds), and 60 s after a 429 or a timeout.
 * @param attempt number of the attempt that failed, from 1.
 * @param unit a random number in [0, 1).
 */
export function retryDelaySeconds(
  policy: RetryPolicy,
  attempt: number,
  failed: FailedAttempt,
  sources: { nowMs: number; unit: number },
): number {
  const spread = 1 + policy.jitter * (2 * sources.unit - 1);
  const backoff = Math.min(baseDelaySeconds(policy, attempt) * spread, policy.max_delay_seconds);
  const asked = Math.min(parseRetryAfter(failed.retryAfter, sources.nowMs) ?? 0, policy.max_delay_seconds);
  const overloaded = failed.statusCode === 429 || failed.errorCode === 'timeout';
  return Math.max(backoff, asked, overloaded ? OVERLOAD_FLOOR_SECONDS : 0);
}
