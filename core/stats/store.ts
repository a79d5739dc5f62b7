import type { Tally, TallySum } from './tally.ts';

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

  /** Adds to the stored hour of this tenant, or of all tenants. Not idempotent. */
  addSum(sum: TallySum): Promise<void>;
}

export interface StatsReader {
  /**
   * The stored hours of an endpoint, oldest first. Expired ones count as absent.
   * @param from start of the first hour, in ms since the epoch.
   * @param to start of the first hour after the range.
   */
  hours(endpointId: string, from: number, to: number): Promise<Tally[]>;

  /** The stored hours of a tenant, or, for null, of all tenants, in the same way. */
  sums(tenant: string | null, from: number, to: number): Promise<TallySum[]>;
}
