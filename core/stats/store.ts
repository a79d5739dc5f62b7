import type { Tally } from './tally.ts';

/** The queue from which tallies are collected. */
export interface TallyQueue {
  /** Sends all of them in one message. */
  send(tallies: readonly Tally[]): Promise<void>;
}

export interface StatsWriter {
  /**
   * Adds to the stored hour of this endpoint. Not idempotent.
   * @returns the undecided events of the hour, if the tally counts any; 0 otherwise.
   */
  add(tally: Tally): Promise<number>;
}

export interface StatsReader {
  /**
   * The stored hours of an endpoint, oldest first. Expired ones count as absent.
   * @param from start of the first hour, in ms since the epoch.
   * @param to start of the first hour after the range.
   */
  hours(endpointId: string, from: number, to: number): Promise<Tally[]>;
}
