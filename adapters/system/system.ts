import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Timer, Wait } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';

/** The machine's own time. */
export const systemClock: Clock = () => Date.now();

/** Waits on the machine's own time. */
export const systemWait: Wait = (ms) => sleep(ms);

/** A timer on the machine's own time. */
export const systemTimer: Timer = (ms, act) => {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
};

/** The machine's own randomness. */
export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  unit: () => Math.random(),
};
