import type { Clock } from '../clock.ts';
import { type RateSlots, spacingMs } from './slots.ts';

/** Leave to make one POST, started no earlier and no later. Times in ms since the epoch. */
export interface Permit {
  kind: 'post';
  from: number;
  until: number;
}

/** Not now. */
export type Postponed =
  /** An appointment: come back at this time, and ask again. */
  | { kind: 'come_back'; at: number }
  /** Not within `HORIZON_MS`: the line is longer than that. */
  | { kind: 'no_room' };

/** Says when an endpoint with a limit may be posted to. */
export interface RateLimiter {
  /**
   * Asks for leave to POST.
   * @param isDue whether this comes to an appointment of its own; all others stand behind the line.
   * @returns leave for now or for within `HOLD_MS`, or when to come back.
   */
  ask(endpointId: string, perSecond: number, isDue: boolean): Promise<Permit | Postponed>;
}

/** Appointments are given as far ahead as a message can be delayed. */
export const HORIZON_MS = 900_000;
/** Leave is given this far ahead: who has it waits in the process, which is cheaper than another message. */
export const HOLD_MS = 1_000;
/**
 * How long leave lasts. Slots are 1/limit apart and each POST starts within so long of its own, so the slots of one
 * second's POSTs lie within less than two seconds, and those of ten seconds' within less than eleven. What is left to the
 * full second is for clocks that differ, and timers that are early.
 */
const PERMIT_MS = 950;
/** The share of a second that goes at once after a pause. It is a part of `PERMIT_MS`: the rest is for what comes before the POST. */
const BURST_SHARE = 0.5;

interface Request {
  isDue: boolean;
  done: (answer: Permit | Postponed) => void;
  failed: (fault: unknown) => void;
}

/**
 * Two marks for each endpoint, each GCRA. The line says when to come back; the gate lets POSTs through, whatever the line
 * once said: after a standstill everybody's appointment has passed. The messages of a batch ask in one turn and share
 * the updates; those that ask while an update is under way share the next.
 */
export function createRateLimiter(slots: RateSlots, clock: Clock): RateLimiter {
  const gathering = new Map<string, Request[]>();
  const running = new Map<string, Promise<void>>();

  async function serve(endpointId: string, perSecond: number, requests: Request[]): Promise<void> {
    const apartMs = spacingMs(perSecond);
    const [due, fresh] = [requests.filter(({ isDue }) => isDue), requests.filter(({ isDue }) => !isDue)];

    /** @returns those that were not let through. */
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
        done(at < count ? { kind: 'come_back', at: begin + (at + 1) * apartMs } : { kind: 'no_room' });
      }
    }

    try {
      const late = await pass(due, false);
      // Where the gate holds back whoever has stood in line, nobody else need ask.
      await lineUp([...late, ...(late.length > 0 ? fresh : await pass(fresh, true))]);
    } catch (fault) {
      // Those that have their answer keep it.
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
        // The others of the batch come within this turn of the event loop.
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
