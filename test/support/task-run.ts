import type { MarkedEndpoint, MarkedEndpoints } from '../../core/endpoints/store.ts';
import { Faults } from '../../core/faults.ts';
import { TaskRun, type TaskRunOptions } from '../../core/tasks/task-run.ts';

/** A run of a scheduled task at this time, with all of its time left unless told otherwise. */
export function aRun(nowMs: number, changes: Partial<TaskRunOptions> = {}): TaskRun {
  return new TaskRun({ clock: () => nowMs, remainingMs: () => 60_000, ...changes });
}

/** Every marked endpoint, of all shards, page by page. */
export async function allMarked(marked: MarkedEndpoints, faults = new Faults()): Promise<MarkedEndpoint[]> {
  const found: MarkedEndpoint[] = [];
  for (let shard = 0; shard < marked.shards; shard++) {
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<MarkedEndpoints['page']>> = await marked.page(shard, after, faults);
      found.push(...page.marked);
      after = page.next;
    } while (after !== null);
  }
  return found;
}

/** Enough time to begin so many things, and no more. */
export function timeFor(times: number): () => number {
  let left = times;
  return () => (left-- > 0 ? 60_000 : 0);
}
