/** Time as a local engine sees it: what it reads and what wakes it. Tests pass one that they turn by hand. */
export interface EngineClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back at or after a time (epoch milliseconds), once. @returns a function that calls it off. */
  wakeAt(timeMs: number, wake: () => void): () => void;
}

/** The longest wait that a Node timer can hold. */
const timerMsMax = 2 ** 31 - 1;

/** The machine's own time. Close the engine to end the timers it holds. */
export const systemClock: EngineClock = {
  now: Date.now,
  wakeAt(timeMs, wake) {
    const waitMs = Math.min(Math.max(timeMs - Date.now(), 0), timerMsMax);
    const timer = setTimeout(wake, waitMs);
    return () => clearTimeout(timer);
  },
};
