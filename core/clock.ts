/**
 * The current time, in milliseconds since the Unix epoch. Passed in everywhere, so that tests and the simulation
 * control time.
 */
export type Clock = () => number;

/** Waits; resolves after about `ms` milliseconds of the clock passed in with it. */
export type Wait = (ms: number) => Promise<void>;

/** Calls `act` once after about `ms` milliseconds, unless the returned function is called first. */
export type Timer = (ms: number, act: () => void) => () => void;

/**
 * Waits until work has ended, at most for `ms`; then the work goes on unobserved.
 * @throws what the work throws in time.
 */
export function endOf(work: Promise<unknown>, ms: number, after: Timer): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = after(Math.max(0, ms), resolve);
    work.then(() => resolve(), reject).finally(cancel);
  });
}

/** RFC 3339 in UTC with milliseconds, as every time on the wire is written. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
