import { Faults } from '../faults.ts';
import { inParallel } from '../parallel.ts';
import type { AuditTrail } from './audit.ts';
import type { PendingEntries, PendingEntry } from './trail.ts';

export interface FlushPorts {
  audit: AuditTrail;
  pendingEntries: PendingEntries;
  /** Milliseconds until the invocation times out. */
  remainingMs: () => number;
}

const PAGE = 50;
const AT_ONCE = 10;
const RESERVE_MS = 10_000;
const ANY_TIME = { from: null, to: null };

/**
 * Copies the pending entries of all objects to the trail. An entry is removed from its object only by the next call, so
 * that lists, whose indexes lag behind, always find it in at least one place.
 * @returns how many entries were copied.
 * @throws AggregateError when some were not; the others still were.
 */
export async function flushPendingEntries(ports: FlushPorts): Promise<number> {
  const faults = new Faults();
  let copied = 0;
  const flushOne = async ({ entry, remove }: PendingEntry) => {
    if (await ports.audit.append(entry)) copied += 1;
    else await remove();
  };
  let after: string | null = null;
  do {
    const { found, next } = await nextPage(after, ports);
    await inParallel(found, AT_ONCE, ({ item }) => faults.attempt(() => flushOne(item)));
    after = next;
  } while (after !== null && ports.remainingMs() > RESERVE_MS);
  faults.throwAny((count) => `${count} audit entries were not copied to the trail; they stay pending.`);
  return copied;
}

const nextPage = (after: string | null, { pendingEntries }: FlushPorts) => pendingEntries.list(ANY_TIME, after, PAGE);
