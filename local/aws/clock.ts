/** Clock and timers of a local engine. Tests pass one that they advance by hand. */
export interface EngineClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back at or after a time (epoch milliseconds), once. @returns a function that cancels it. */
  wakeAt(timeMs: number, wake: () => void): () => void;
}

/** The longest wait that a Node timer can hold. */
const timerMsMax = 2 ** 31 - 1;

/** The system clock. Close the engine to end its timers. */
export const systemClock: EngineClock = {
  now: Date.now,
  wakeAt(timeMs, wake) {
    const waitMs = Math.min(Math.max(timeMs - Date.now(), 0), timerMsMax);
    const timer = setTimeout(wake, waitMs);
    return () => clearTimeout(timer);
  },
};
