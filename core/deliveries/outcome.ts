import { HOUR_MS } from '../durations.ts';
import { type RetryPolicy, retryDelaySeconds, TRANSIENT_CLIENT_ERRORS } from '../retry/policy.ts';
import type { DeathReason } from './record.ts';
import type { AttemptResult } from './sender.ts';

/** What an attempt means for its delivery. */
export type Outcome =
  | { kind: 'delivered' }
  | { kind: 'retry'; delayMs: number }
  | { kind: 'dead'; reason: DeathReason; disableEndpoint: boolean };

/** An attempt later than this before its event expires is not made: the delivery is dead as expired. */
export const EXPIRY_MARGIN_MS = 3 * HOUR_MS;

const GONE = 410;

interface AttemptContext {
  policy: RetryPolicy;
  /** Number of this attempt within its cycle, from 1. */
  attempt: number;
  /** When the event expires, in ms since the epoch. */
  expiresAt: number;
  nowMs: number;
  /** A random number in [0, 1). */
  unit: number;
}

function isPermanent(policy: RetryPolicy, statusCode: number | null): boolean {
  if (policy.retry_on === 'all' || statusCode === null) return false;
  return statusCode >= 400 && statusCode < 500 && !TRANSIENT_CLIENT_ERRORS.includes(statusCode);
}

/** What follows an attempt: 2xx is success, 410 disables the endpoint, the rest is retried by the policy. */
export function outcomeOf(result: AttemptResult, context: AttemptContext): Outcome {
  const { policy, attempt, expiresAt, nowMs, unit } = context;
  if (result.errorCode === null) return { kind: 'delivered' };
  if (result.statusCode === GONE) return { kind: 'dead', reason: 'gone', disableEndpoint: true };
  const dead = (reason: DeathReason): Outcome => ({ kind: 'dead', reason, disableEndpoint: false });
  if (isPermanent(policy, result.statusCode)) return dead('permanent_failure');
  if (attempt >= policy.max_attempts) return dead('exhausted');
  const delayMs = Math.ceil(retryDelaySeconds(policy, attempt, result, { nowMs, unit }) * 1000);
  return nowMs + delayMs > expiresAt - EXPIRY_MARGIN_MS ? dead('expired') : { kind: 'retry', delayMs };
}

/** The error that users read: the status, or the code of what prevented an answer. */
export function errorText(result: AttemptResult): string | null {
  if (result.errorCode === null) return null;
  return result.errorCode === 'http_status' ? `http_status ${result.statusCode}` : result.errorCode;
}
