import { CONTENDED_TRIES, compareAndSet } from '../compare-and-set.ts';
import type { Segment } from '../listing/page.ts';
import type { Job, JobMessage } from './job.ts';

/** The ledger's jobs. Every write compares and sets. Expired jobs count as absent. */
export interface JobStore {
  /** Strongly consistent. */
  find(id: string): Promise<Job | undefined>;
  /** Writes if the stored revision is `expected` (null: if there is none). @returns whether it was written. */
  put(job: Job, expected: number | null): Promise<boolean>;
  /** Jobs of a tenant, or all (null), newest first. A position matches `JOB_POSITION`. */
  walk(tenant: string | null, after: string | null, limit: number): Promise<Segment<Job>>;
  /** Every running job. Eventually consistent: a very recent one may be missing. */
  listRunning(): Promise<Job[]>;
}

/** A position in a list of jobs: the time of creation, then the id. */
export const JOB_POSITION = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#job_[0-9a-z]{26}$/;

/** The queue of jobs: each message starts one slice of work. */
export interface JobQueue {
  send(message: JobMessage, delaySeconds: number): Promise<void>;
}

/**
 * Changes a job by compare and set: `change` maps the newest state to the next one, or returns undefined to leave it.
 * @returns the current job; undefined if there is none.
 */
export async function updateJob(
  store: Pick<JobStore, 'find' | 'put'>,
  id: string,
  known: Job | undefined,
  change: (job: Job) => Job | undefined,
): Promise<Job | undefined> {
  return compareAndSet<Job | undefined, Job | undefined>({
    known: known ?? (await store.find(id)),
    read: () => store.find(id),
    change: (seen) => {
      const next = seen && change(seen);
      if (seen === undefined || next === undefined) return { result: seen };
      const job = { ...next, revision: seen.revision + 1 };
      return { result: job, write: () => store.put(job, seen.revision) };
    },
    tries: CONTENDED_TRIES,
    exhausted: () => new Error('The job changes too fast to be written.'),
  });
}
