import type { Clock } from '../clock.ts';
import { MINUTE_MS } from '../durations.ts';
import { type RateSlots, spacingMs } from './slots.ts';

/** A permit for one POST that starts within this time. Times in ms since the epoch. */
export interface Permit {
  kind: 'post';
  from: number;
  until: number;
}

/** Not now. */
export type Postponed =
  /** A slot: ask again at this time. */
  | { kind: 'slot'; at: number }
  /** No slot within `HORIZON_MS`: the line is longer than that. */
  | { kind: 'no_slot' };

/** Decides when an endpoint with a rate limit may be POSTed to. */
export interface RateLimiter {
  /**
   * Asks for a permit to POST.
   * @param isDue whether this request has reached its slot; all others queue behind the line.
   * @returns a permit that starts within `HOLD_MS`, or when to come back.
   */
  ask(endpointId: string, perSecond: number, isDue: boolean): Promise<Permit | Postponed>;
}

/** Slots are at most this far ahead: the longest delay of an SQS message. */
export const HORIZON_MS = 15 * MINUTE_MS;
/** A permit may start this far ahead: its holder waits in the process, which is cheaper than another message. */
export const HOLD_MS = 1_000;
/**
 * How long a permit is valid. Permits begin 1/limit apart and each POST starts within this time of the beginning of its
 * own, so the permits of one second's POSTs begin within less than two seconds, and those of ten seconds within less
 * than eleven. The rest of the full second allows for clock skew and early timers.
 */
const PERMIT_MS = 950;
/**
 * The share of a second's POSTs that may go at once after a pause. It uses a part of `PERMIT_MS`: the rest is for the
 * work before the POST.
 */
const BURST_SHARE = 0.5;

interface Request {
  isDue: boolean;
  done: (answer: Permit | Postponed) => void;
  failed: (fault: unknown) => void;
}

/**
 * Two marks per endpoint, each GCRA. The line assigns slots for later; the gate alone limits POSTs, whatever the line
 * assigned: after a standstill, all those slots are due at once. The messages of a batch ask in one turn and share the
 * updates; those that ask during an update share the next.
 */
export function createRateLimiter(slots: RateSlots, clock: Clock): RateLimiter {
  const gathering = new Map<string, Request[]>();
  const running = new Map<string, Promise<void>>();

  async function serve(endpointId: string, perSecond: number, requests: Request[]): Promise<void> {
    const apartMs = spacingMs(perSecond);
    const [due, fresh] = [requests.filter(({ isDue }) => isDue), requests.filter(({ isDue }) => !isDue)];

    /** @returns the requests that got no permit. */
    async function pass(asking: Request[], unlessLine: boolean): Promise<Request[]> {
      if (asking.length === 0) return [];
      const nowMs = clock();
      const burstMs = (Math.max(1, Math.floor(perSecond * BURST_SHARE)) - 1) * apartMs;
      const wanted = { count: asking.length, perSecond, nowMs, latestMs: nowMs + HOLD_MS + burstMs, unlessLine };
      const { begin, count } = await slots.take(endpointId, 'gate', wanted);
      for (const [at, { done }] of asking.slice(0, count).entries()) {
        const from = begin + at * apartMs - burstMs;
        done({ kind: 'post', from, until: from + PERMIT_MS });
      }
      return asking.slice(count);
    }

    async function lineUp(asking: Request[]): Promise<void> {
      if (asking.length === 0) return;
      const nowMs = clock();
      const wanted = { count: asking.length, perSecond, nowMs, latestMs: nowMs + HORIZON_MS - apartMs };
      const { begin, count } = await slots.take(endpointId, 'line', wanted);
      for (const [at, { done }] of asking.entries()) {
        done(at < count ? { kind: 'slot', at: begin + (at + 1) * apartMs } : { kind: 'no_slot' });
      }
    }

    try {
      const late = await pass(due, false);
      // If the gate refuses requests from the line, new ones need not ask.
      await lineUp([...late, ...(late.length > 0 ? fresh : await pass(fresh, true))]);
    } catch (fault) {
      // Requests that were already answered keep their answer.
      for (const { failed } of requests) failed(fault);
    }
  }

  return {
    ask(endpointId, perSecond, isDue) {
      return new Promise((done, failed) => {
        const name = `${endpointId} ${perSecond}`;
        const request = { isDue, done, failed };
        const open = gathering.get(name);
        if (open !== undefined) return void open.push(request);
        const requests = [request];
        gathering.set(name, requests);
        // The rest of the batch asks within this turn of the event loop.
        const served = (running.get(name) ?? Promise.resolve()).then(() => {
          gathering.delete(name);
          return serve(endpointId, perSecond, requests);
        });
        running.set(name, served);
        void served.then(() => {
          if (running.get(name) === served) running.delete(name);
        });
      });
    },
  };
}
