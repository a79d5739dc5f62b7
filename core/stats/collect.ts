import type { Wait } from '../clock.ts';
import { inParallel } from '../parallel.ts';
import type { FilterTrouble } from './filter-trouble.ts';
import type { StatsWriter } from './store.ts';
import { eventsIn, mergeTallies, type Tally, tallyName } from './tally.ts';

export interface CollectPorts {
  stats: StatsWriter;
  /** Told of each endpoint and hour whose filter failed, or could not decide. */
  trouble(of: FilterTrouble): Promise<void>;
  wait: Wait;
  /** Milliseconds until the invocation is ended. */
  remainingMs: () => number;
  /** Told of a write that failed: one that adds is tried again while there is time. */
  refused(fault: unknown): void;
  /** Told of attempts, and of events that a filter failed at or could not decide, that no statistics will show. */
  uncounted(events: number): void;
}

/** One message of the stats queue. */
export interface Tallied {
  messageId: string;
  tallies: readonly Tally[];
}

const WRITES_AT_ONCE = 20;
/** Waits before a round of those that failed. */
const WAITS_MS = [200, 1_000, 5_000] as const;
/** What one write may take at the longest, with the SDK's own tries: none begins later. */
const RESERVE_MS = 12_000;

/**
 * Adds a batch of messages to the stored hours, one write for each endpoint and hour of the whole batch. Adding cannot be
 * repeated without counting twice, so a message comes back only if nothing of it was added; what else could not be
 * added is lost, and told.
 * @returns the ids of the messages that are to come again.
 */
export async function collectTallies(batch: readonly Tallied[], ports: CollectPorts): Promise<string[]> {
  const left = await addAll(mergeTallies(batch.flatMap(({ tallies }) => tallies)), ports);
  const undone = new Set(left.map(tallyName));
  const again: string[] = [];
  let lost = 0;
  for (const { messageId, tallies } of batch) {
    const rest = tallies.filter((tally) => undone.has(tallyName(tally)));
    if (rest.length === 0) continue;
    if (rest.length === tallies.length) again.push(messageId);
    else lost += rest.reduce((sum, tally) => sum + eventsIn(tally), 0);
  }
  if (lost > 0) ports.uncounted(lost);
  return again;
}

/** @returns what could not be added. */
async function addAll(tallies: readonly Tally[], ports: CollectPorts): Promise<readonly Tally[]> {
  let left = await addRound(tallies, ports);
  for (const waitMs of WAITS_MS) {
    if (left.length === 0 || ports.remainingMs() < RESERVE_MS + waitMs) break;
    await ports.wait(waitMs);
    left = await addRound(left, ports);
  }
  return left;
}

async function addRound(tallies: readonly Tally[], ports: CollectPorts): Promise<readonly Tally[]> {
  const left: Tally[] = [];
  const troubles: FilterTrouble[] = [];
  await inParallel(tallies, WRITES_AT_ONCE, async (tally) => {
    if (ports.remainingMs() < RESERVE_MS) return void left.push(tally);
    try {
      const undecided = await ports.stats.add(tally);
      troubles.push(...troubleIn(tally, undecided));
    } catch (fault) {
      ports.refused(fault);
      left.push(tally);
    }
  });
  await inParallel(troubles, WRITES_AT_ONCE, (trouble) => report(trouble, ports));
  return left;
}

/** What is added is added: a report for which there is no time, or that fails, is made with the next tally of the hour. */
async function report(trouble: FilterTrouble, ports: CollectPorts): Promise<void> {
  if (ports.remainingMs() >= RESERVE_MS) await ports.trouble(trouble).catch(ports.refused);
}

function troubleIn({ endpointId, hour, filterErrors = 0, filterError }: Tally, undecided: number): FilterTrouble[] {
  if (filterErrors === 0 && undecided === 0) return [];
  return [{ endpointId, hour, error: filterErrors > 0 ? (filterError ?? 'unknown') : undefined, undecided }];
}
