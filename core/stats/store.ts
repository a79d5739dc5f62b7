import type { Tally } from './tally.ts';

/** The way of tallies to those who add them up. */
export interface TallyQueue {
  /** Sends all of them in one message. */
  send(tallies: readonly Tally[]): Promise<void>;
}

export interface StatsWriter {
  /**
   * Adds to what is stored of this endpoint and hour. Twice is twice.
   * @returns the events of the hour that its filter could not decide, when the tally counts any; 0 otherwise.
   */
  add(tally: Tally): Promise<number>;
}

export interface StatsReader {
  /**
   * The hours of an endpoint that saw attempts, oldest first. What is past its expiry counts as absent.
   * @param from beginning of the first hour, in ms since the epoch.
   * @param to beginning of the first hour that is not wanted.
   */
  hours(endpointId: string, from: number, to: number): Promise<Tally[]>;
}
