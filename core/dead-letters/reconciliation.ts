import * as z from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../durations.ts';

/**
 * What the reconciliation remembers from run to run, as stored. It decides only when to look: losing it costs one more look
 * and one more recount.
 */
export const storedReconciliation = z.object({
  /** When the deaths of all days were last recounted; null before the first time. */
  recountedAt: z.number().nullable(),
  /** The day to go on with; null while no recount is under way. */
  recounting: z.number().nullable(),
  /** When the whole queue was last looked through. */
  lookedAt: z.number(),
  /** How many messages the look under way has seen without changing anything. */
  looked: z.number(),
  /** How long a difference that a look could not repair is left alone; null if there is none. */
  rest: z.object({ difference: z.number(), until: z.number() }).nullable(),
});
export type Reconciliation = z.output<typeof storedReconciliation>;

/** Where it is stored. Two runs at a time may overwrite each other's. */
export interface ReconciliationStore {
  find(): Promise<Reconciliation | undefined>;
  put(state: Reconciliation): Promise<void>;
}

/** Messages of one run. */
export const MESSAGES_MAX = 2_000;
/** How long a difference that could not be repaired is left alone, for each run that looking for it took; at most a day. */
const REST_MS = 10 * MINUTE_MS;
/**
 * The whole queue is looked through whatever the numbers say, since two differences may hide each other: after this time for
 * each run that it takes, and at least once a day.
 */
const LOOK_MS = HOUR_MS;
/** SQS's numbers are approximate: a rest goes on while the difference is off by at most this share of the queue. */
const SLACK = 0.01;

/** The state before the first run. */
export function firstReconciliation(nowMs: number): Reconciliation {
  return { recountedAt: null, recounting: null, lookedAt: nowMs, looked: 0, rest: null };
}

/** This time for each run that looking at so many messages takes; at most a day. */
function forEachRun(ms: number, messages: number): number {
  return Math.min(DAY_MS, Math.max(1, Math.ceil(messages / MESSAGES_MAX)) * ms);
}

/** By how much the queue's number differs from the dead deliveries'. */
export function differenceOf(count: number, { atLeast, atMost }: { atLeast: number; atMost: number }): number {
  return Math.max(0, count - atMost) + Math.min(0, count - atLeast);
}

/** Whether to look through a queue of `count` messages now. */
export function lookIsDue(
  { lookedAt, rest }: Reconciliation,
  { count, difference }: { count: number; difference: number },
  nowMs: number,
): boolean {
  if (count > 0 && nowMs - lookedAt >= forEachRun(LOOK_MS, count)) return true;
  // If deliveries keep dying, both numbers keep changing, but their difference stays about the same.
  const isKnown = rest !== null && Math.abs(difference - rest.difference) <= Math.floor(count * SLACK);
  return difference !== 0 && !(isKnown && nowMs < rest.until);
}

/** The state after a run that looked at `seen` messages. A run that changed something is followed by another one. */
export function afterLook(
  state: Reconciliation,
  run: { seen: number; sawAll: boolean; isFruitless: boolean },
  { count, difference }: { count: number; difference: number },
  nowMs: number,
): Reconciliation {
  const looked = state.looked + run.seen;
  const isWhole = run.sawAll || (run.isFruitless && looked >= count);
  const lookedAt = isWhole ? nowMs : state.lookedAt;
  if (!run.isFruitless) return { ...state, lookedAt, looked: 0, rest: null };
  if (!isWhole) return { ...state, looked };
  return { ...state, lookedAt, looked: 0, rest: { difference, until: nowMs + forEachRun(REST_MS, looked) } };
}
