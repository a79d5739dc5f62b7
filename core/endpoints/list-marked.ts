import type { Faults } from '../faults.ts';
import { inParallel } from '../parallel.ts';
import type { Place } from '../tasks/continuation.ts';
import type { TaskRun } from '../tasks/task-run.ts';
import type { MarkedEndpoint, MarkedEndpoints } from './store.ts';

/** Shards that are read at a time. */
const SHARDS_AT_ONCE = 4;
/** Endpoints of one run, which it keeps in memory: continuations have the rest, shard by shard. */
const ENDPOINTS_MAX = 5_000;

/** A marked endpoint, and the shard whose continuation would go on with it. */
export interface ListedEndpoint extends MarkedEndpoint {
  part: number;
}

/**
 * Reads the marked endpoints of some shards, in their order, page by page while there is time. Shards that cannot be read to
 * their end are left to continuations.
 */
export async function listMarked(
  places: readonly Place[],
  run: TaskRun,
  marked: MarkedEndpoints,
  faults: Faults,
): Promise<ListedEndpoint[]> {
  const listed = new Map<number, ListedEndpoint[]>();
  let count = 0;
  await inParallel(places, SHARDS_AT_ONCE, async ({ part, after: from }) => {
    let after = from;
    do {
      if (count >= ENDPOINTS_MAX || !run.hasTime()) return run.leave({ part, after });
      const page: Awaited<ReturnType<MarkedEndpoints['page']>> = await marked.page(part, after, faults);
      const found = page.marked.map((one) => ({ ...one, part }));
      listed.set(part, [...(listed.get(part) ?? []), ...found]);
      count += found.length;
      after = page.next;
    } while (after !== null);
  });
  return places.flatMap(({ part }) => listed.get(part) ?? []);
}
