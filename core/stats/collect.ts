import type { Wait } from '../clock.ts';
import { inParallel } from '../parallel.ts';
import type { FilterIssue } from './filter-trouble.ts';
import type { StatsWriter } from './store.ts';
import { eventsIn, mergeTallies, sumsOf, type Tally, type TallySum, tallyName } from './tally.ts';

export interface CollectPorts {
  stats: StatsWriter;
  /** Called for each endpoint and hour with filter failures or undecided events. */
  trouble(of: FilterIssue): Promise<void>;
  wait: Wait;
  /** Milliseconds until the invocation times out. */
  remainingMs: () => number;
  /** Called for a failed write or report; a failed write is retried while there is time. */
  failed(fault: unknown): void;
  /**
   * Called with the number of attempts, and of events with filter failures or undecided, that are lost to the
   * statistics.
   */
  uncounted(events: number): void;
  /** Called with the number of hours of tenants, or of all tenants, that lack something that their endpoints have. */
  unsummed(hours: number): void;
}

/** One message of the stats queue. */
export interface Tallied {
  messageId: string;
  tallies: readonly Tally[];
}

/**
 * Enough for the 620 writes a second that Lambda's share of a core makes, if one takes up to 13 ms. In a local run, more of them
 * keep the one thread that is all of AWS.
 */
const WRITES_AT_ONCE = 8;
/** Waits before each round of retries. */
const WAITS_MS = [200, 1_000, 5_000] as const;
/** The longest that one write may take, with the SDK's own retries: none starts later. */
const RESERVE_MS = 12_000;

/**
 * Adds a batch of messages to the stored hours, with one write per endpoint and hour of the whole batch. Adding is not
 * idempotent, so a message is redelivered only if nothing of it was added; anything else that could not be added is
 * lost, and reported.
 *
 * Then it adds what their endpoints got to the hours of tenants and of all tenants: nothing that comes again, so that one failure
 * does not count twice there. These are one write for each tenant and hour of the batch, and one for all tenants.
 * @returns the ids of the messages to redeliver.
 */
export async function collectTallies(batch: readonly Tallied[], ports: CollectPorts): Promise<string[]> {
  const merged = mergeTallies(batch.flatMap(({ tallies }) => tallies));
  const left = await withRetries(merged, addRound, ports);
  const undone = new Set(left.map(tallyName));
  const sums = sumsOf(merged.filter((tally) => !undone.has(tallyName(tally))));
  const unsummed = await withRetries(sums, addSums, ports);
  if (unsummed.length > 0) ports.unsummed(unsummed.length);
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

/** Adds what is left, round by round. @returns what could not be added. */
async function withRetries<Counts>(
  all: readonly Counts[],
  add: (left: readonly Counts[], ports: CollectPorts) => Promise<readonly Counts[]>,
  ports: CollectPorts,
): Promise<readonly Counts[]> {
  let left = await add(all, ports);
  for (const waitMs of WAITS_MS) {
    if (left.length === 0 || ports.remainingMs() < RESERVE_MS + waitMs) break;
    await ports.wait(waitMs);
    left = await add(left, ports);
  }
  return left;
}

async function addRound(tallies: readonly Tally[], ports: CollectPorts): Promise<readonly Tally[]> {
  const left: Tally[] = [];
  const troubles: FilterIssue[] = [];
  await inParallel(tallies, WRITES_AT_ONCE, async (tally) => {
    if (ports.remainingMs() < RESERVE_MS) return void left.push(tally);
    try {
      const undecided = await ports.stats.add(tally);
      troubles.push(...troubleIn(tally, undecided));
    } catch (fault) {
      ports.failed(fault);
      left.push(tally);
    }
  });
  await inParallel(troubles, WRITES_AT_ONCE, (trouble) => report(trouble, ports));
  return left;
}

async function addSums(sums: readonly TallySum[], ports: CollectPorts): Promise<readonly TallySum[]> {
  const left: TallySum[] = [];
  await inParallel(sums, WRITES_AT_ONCE, async (sum) => {
    if (ports.remainingMs() < RESERVE_MS) return void left.push(sum);
    try {
      await ports.stats.addSum(sum);
    } catch (fault) {
      ports.failed(fault);
      left.push(sum);
    }
  });
  return left;
}

/**
 * Does not affect the counts: a report that fails, or has no time left, is repeated with the next tally of the hour.
 */
async function report(trouble: FilterIssue, ports: CollectPorts): Promise<void> {
  if (ports.remainingMs() >= RESERVE_MS) await ports.trouble(trouble).catch(ports.failed);
}

function troubleIn({ endpointId, hour, filterErrors = 0, filterError }: Tally, undecided: number): FilterIssue[] {
  if (filterErrors === 0 && undecided === 0) return [];
  return [{ endpointId, hour, error: filterErrors > 0 ? (filterError ?? 'unknown') : undefined, undecided }];
}
