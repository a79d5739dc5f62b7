/** Returns whether another request may pass now. */
export type Throttle = () => boolean;

/** A token bucket, as API Gateway limits a stage: `burst` at once, `rate` a second on average. */
export function tokenBucket(limits: { rate: number; burst: number }, now: () => number): Throttle {
  let tokens = limits.burst;
  let filledAtMs = now();
  return () => {
    const timeMs = now();
    tokens = Math.min(limits.burst, tokens + ((timeMs - filledAtMs) / 1000) * limits.rate);
    filledAtMs = timeMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
