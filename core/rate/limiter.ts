import type { Clock } from '../clock.ts';

/** Slots of endpoints' rate limits, handed out once across all instances. */
export interface RateSlots {
  /**
   * Moves the endpoint's line on by `spanMs`, in one conditional update (two when the line was idle): it begins at its
   * end, or now if that has passed.
   * @returns where the reserved stretch begins, in ms since the epoch; null, with nothing reserved, when it would end
   *   later than `latestMs`.
   */
  reserve(endpointId: string, spanMs: number, nowMs: number, latestMs: number): Promise<number | null>;
}

/** Hands out the times at which an endpoint with a limit may be posted to. */
export interface RateLimiter {
  /** @returns the time of the slot in ms since the epoch; not later than now: go. Null: the line is longer than `HORIZON_MS`. */
  slot(endpointId: string, perSecond: number): Promise<number | null>;
}

/** Slots are reserved as far ahead as a message can be delayed. */
export const HORIZON_MS = 900_000;

interface Request {
  done: (slot: number | null) => void;
  failed: (fault: unknown) => void;
}

/**
 * GCRA: a slot each 1/limit s, and after a pause as many at once as a second has. The messages of a batch ask in one
 * turn and share one reservation.
 */
export function createRateLimiter(slots: RateSlots, clock: Clock): RateLimiter {
  const waiting = new Map<string, Request[]>();

  async function reserve(endpointId: string, perSecond: number): Promise<void> {
    // The others of the batch come to the gate within this turn.
    await Promise.resolve();
    const requests = waiting.get(endpointId) ?? [];
    waiting.delete(endpointId);
    const spacingMs = 1000 / perSecond;
    const burstMs = (perSecond - 1) * spacingMs;
    const now = clock();
    try {
      const begin = await slots.reserve(endpointId, requests.length * spacingMs, now, now + HORIZON_MS + burstMs);
      for (const [at, { done }] of requests.entries()) done(begin === null ? null : begin + at * spacingMs - burstMs);
    } catch (fault) {
      for (const { failed } of requests) failed(fault);
    }
  }

  return {
    slot(endpointId, perSecond) {
      return new Promise((done, failed) => {
        const open = waiting.get(endpointId);
        if (open !== undefined) return void open.push({ done, failed });
        waiting.set(endpointId, [{ done, failed }]);
        void reserve(endpointId, perSecond);
      });
    },
  };
}
