import { MINUTE_MS } from '../durations.ts';
import { Faults } from '../faults.ts';
import { inParallel } from '../parallel.ts';
import type { Place } from '../tasks/continuation.ts';
import type { TaskRun } from '../tasks/task-run.ts';
import type { AuditTrail } from './audit.ts';
import type { PendingEntries, PendingEntry } from './trail.ts';

export interface FlushPorts {
  audit: AuditTrail;
  pendingEntries: PendingEntries;
}

const PAGE = 50;
const AT_ONCE = 10;

/**
 * Copies the pending entries of all objects to the trail. An entry is removed from its object only by the next call, so
 * that lists, whose indexes lag behind, always find it in at least one place. The entries of the last minute and the older
 * ones are two parts, so that neither waits for the other for long.
 * @returns how many entries were copied.
 * @throws AggregateError when some were not; the others still were.
 */
export async function flushPendingEntries(run: TaskRun, ports: FlushPorts): Promise<number> {
  const faults = new Faults();
  const isNewFrom = run.tick - MINUTE_MS;
  const ranges = [
    { from: isNewFrom, to: null },
    { from: null, to: isNewFrom },
  ];
  let copied = 0;
  const flushOne = async ({ entry, remove }: PendingEntry) => {
    if (await ports.audit.append(entry)) copied += 1;
    else await remove();
  };
  const flushPart = async ({ part, after: from }: Place) => {
    let after = from;
    do {
      if (!run.hasTime()) return run.leave({ part, after });
      const range = ranges[part] ?? { from: null, to: null };
      const page: Awaited<ReturnType<PendingEntries['list']>> = await ports.pendingEntries.list(range, after, PAGE);
      await inParallel(page.found, AT_ONCE, ({ item }) => faults.attempt(() => flushOne(item)));
      after = page.next;
    } while (after !== null);
  };
  for (const place of run.places(ranges.length)) await faults.attempt(() => flushPart(place));
  faults.throwAny((count) => `${count} audit entries were not copied to the trail; they stay pending.`);
  return copied;
}
