import type { RetryPolicy } from '../../../core/retry/policy.ts';
import type { Post } from './facts.ts';

const OVERLOADED_MS = 60_000;

/** The least time between a failed attempt and the next, in ms, as documented. */
export function leastWaitMs(policy: RetryPolicy, post: Post): number {
  const { result } = post;
  if (result === undefined) return 0;
  const capMs = policy.max_delay_seconds * 1000;
  let backoff = policy.initial_delay_seconds * 1000;
  for (let attempt = 1; attempt < post.attempt; attempt++) backoff *= policy.backoff_factor;
  const shortest = Math.min(Math.min(backoff, capMs) * (1 - policy.jitter), capMs);
  const asked = Math.min(askedMs(result.retryAfter, post.endedAt), capMs);
  const isOverloaded = result.statusCode === 429 || result.errorCode === 'timeout';
  return Math.max(shortest, asked, isOverloaded ? OVERLOADED_MS : 0) - 1;
}

function askedMs(retryAfter: string | null, endedAt: number): number {
  if (retryAfter === null) return 0;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  // A date has whole seconds; the clock advances until the wait is computed.
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? 0 : at - endedAt;
}
