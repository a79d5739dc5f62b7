import type { RateSlots } from '../../core/rate/limiter.ts';

/** Rate slots in memory. */
export function createMemoryRateSlots(ends = new Map<string, number>()): RateSlots {
  return {
    async reserve(endpointId, spanMs, nowMs, latestMs) {
      const begin = Math.max(ends.get(endpointId) ?? 0, nowMs);
      if (begin + spanMs > latestMs) return null;
      ends.set(endpointId, begin + spanMs);
      return begin;
    },
  };
}
