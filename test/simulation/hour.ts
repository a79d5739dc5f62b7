import { NO_LIMITS } from './engine/limits.ts';
import { HOUR, MIXED, NO_OTHERS, type Profile } from './profile.ts';
import { type Outcome, simulate } from './simulation.ts';

/** Events in the hour at 100,000 a minute, what Postrider is made for. */
const EVENTS = 6_000_000;

/** What the last delivery may take once the fan-out works again. */
export const LAST_WITHIN_MS = 6 * HOUR;

/** An hour in which every fan-out fails. */
function hourOfFailingFanout(scale: number, share: number): Profile {
  return {
    ...MIXED,
    name: 'hour of failing fan-out',
    callFaults: 0,
    others: { ...NO_OTHERS, 'fan-out fails': 1 },
    limits: NO_LIMITS,
    throttling: 0,
    troubleMs: HOUR,
    publishes: Math.round((EVENTS * share) / scale),
    isSteady: true,
    scale,
    endpoints: 3,
    tenants: 1,
    listChance: 0,
    keyedChance: 0,
    largeBodies: 0,
    operations: 0,
    behaviours: [['healthy', 1]],
    rateLimited: 0,
    filtered: 0,
  };
}

/**
 * An hour in which the fan-out fails at 1,667 events a second, and what follows. Rates, bounds and ceilings are scaled alike: there are
 * fewer events, each of which takes as much CPU, and counts for as much in a queue's length, as those that it stands for.
 * @param scale how many events one event stands for. Above 1,000, a batch of ten dead letters would be as much as the
 * drain returns in a minute.
 * @param share of the events, 0 to 1.
 */
export const simulateHour = (scale: number, share = 1, seed = 0): Promise<Outcome> =>
  simulate(seed, { profile: hourOfFailingFanout(scale, share) });
