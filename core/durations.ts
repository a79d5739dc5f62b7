/** Lengths of time in milliseconds. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A wait of a minute that doubles each time, up to an hour; in ms. @param times how often it was waited before. */
export const doublingWaitMs = (times: number) => Math.min(HOUR_MS, MINUTE_MS * 2 ** times);
