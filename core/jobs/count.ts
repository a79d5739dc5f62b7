import type { JobCursor, JobScope } from './job.ts';
import type { PagePorts } from './page.ts';
import { pageOf } from './page-of.ts';

/** What a job would do. */
export interface JobCount {
  /** Deliveries that it would send. */
  matched: number;
  /** Deliveries that it would find and not send. */
  skipped: number;
  /** False if there was no time to look at all: then both are at least so many. */
  complete: boolean;
}

/**
 * Counts what a job would do now, by the same walk, which neither sends nor writes anything.
 * @param hasTime asked before each page.
 */
export async function countMatches(job: JobScope, ports: PagePorts, hasTime: () => boolean): Promise<JobCount> {
  const dry = withoutEffects(ports);
  const count: JobCount = { matched: 0, skipped: 0, complete: true };
  let cursor: JobCursor | null = { part: 0, after: null };
  while (cursor !== null) {
    if (!hasTime()) return { ...count, complete: false };
    const page = await pageOf(job, cursor, dry);
    if (page.fault !== undefined) throw page.fault;
    count.matched += page.sent;
    count.skipped += page.skipped;
    cursor = page.next;
  }
  return count;
}

/** The ports of a walk that changes nothing: what it would write is as good as written. */
function withoutEffects(ports: PagePorts): PagePorts {
  const { died: _, ...rest } = ports;
  return {
    ...rest,
    ledger: {
      load: ports.ledger.load,
      find: ports.ledger.find,
      put: async () => true,
      countDeaths: async () => undefined,
    },
    queue: { send: async () => undefined },
  };
}
