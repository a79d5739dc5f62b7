import type { Clock } from '../clock.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../durations.ts';
import { hourOf } from '../stats/tally.ts';
import type { Reconciliation } from './reconciliation.ts';

/**
 * How many deliveries with a dead letter died in each hour. They are counted after the record that shows it was written, so a
 * crash in between, or a write that is repeated, makes a count wrong until the next recount.
 */
export interface DeathCounts {
  /** By the start of the hour, from this hour on; hours without deaths may be missing. Eventually consistent. */
  since(hour: number): Promise<ReadonlyMap<number, number>>;
  /**
   * Counts the deliveries that died on a day, before `untilMs`, and corrects what was counted before. A count that changes
   * meanwhile is left as it is. Does as much as there is time for.
   * @param day start of the day in UTC, in ms since the epoch.
   */
  recount(day: number, untilMs: number, hasTime: () => boolean): Promise<void>;
}

export interface RecountPorts {
  deaths: DeathCounts;
  clock: Clock;
  /** Milliseconds until the invocation is ended. */
  remainingMs: () => number;
  /** Retention of the dead-letter queue, in ms. */
  deadLetterRetentionMs: number;
}

const EVERY_MS = DAY_MS;
/** By then, a death is in the index and in the counts, or its count is lost. */
const SETTLED_MS = 10 * MINUTE_MS;
/** Left for the comparison and for a look through the queue. */
const RESERVE_MS = 30_000;

const dayOf = (epochMs: number) => Math.floor(epochMs / DAY_MS) * DAY_MS;

/** Whether a recount is due, or goes on. */
export function recountIsDue({ recountedAt, recounting }: Reconciliation, nowMs: number): boolean {
  return recounting !== null || recountedAt === null || nowMs - recountedAt >= EVERY_MS;
}

/**
 * Recounts day after day for as long as there is time, and goes on in the next run. A day that takes longer than a run is left
 * as far as it came: the others matter too.
 * @returns the state to continue with.
 */
export async function recount(state: Reconciliation, ports: RecountPorts): Promise<Reconciliation> {
  const nowMs = ports.clock();
  // Before the first recount, nothing was counted: the present hour is counted as far as it has come.
  const untilMs = state.recountedAt === null ? nowMs : hourOf(nowMs - SETTLED_MS);
  const hasTime = () => ports.remainingMs() > RESERVE_MS;
  let day = state.recounting ?? dayOf(nowMs - ports.deadLetterRetentionMs);
  for (; day < untilMs && hasTime(); day += DAY_MS) await ports.deaths.recount(day, untilMs, hasTime);
  return day < untilMs ? { ...state, recounting: day } : { ...state, recounting: null, recountedAt: nowMs };
}

/** The deliveries that have a dead letter which the queue still keeps. */
export interface Deaths {
  atLeast: number;
  atMost: number;
  /** Start of the first hour in which any of them died; undefined if there are none. */
  oldestHour: number | undefined;
}

/** Counts the deliveries that have a dead letter which the queue still keeps. */
export async function countDeaths(
  ports: Pick<RecountPorts, 'deaths' | 'clock' | 'deadLetterRetentionMs'>,
): Promise<Deaths> {
  // The queue keeps a message by when it was sent, which is earlier than the death: the first hours may be gone in part.
  const first = hourOf(ports.clock() - ports.deadLetterRetentionMs);
  const hours = [...(await ports.deaths.since(first))];
  const sum = (from: number) => hours.reduce((total, [hour, deaths]) => total + (hour < from ? 0 : deaths), 0);
  const [atLeast, all] = [sum(first + 2 * HOUR_MS), sum(first)];
  const known = hours.flatMap(([hour, deaths]) => (deaths > 0 ? [hour] : []));
  return { atLeast, atMost: Math.max(atLeast, all), oldestHour: known.length > 0 ? Math.min(...known) : undefined };
}
