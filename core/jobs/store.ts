import { type ListQuery, readCursor, writeCursor } from '../listing/cursor.ts';
import { collectPage, type Page, type Segment } from '../listing/page.ts';
import type { Job, JobMessage } from './job.ts';

/** The ledger's jobs. Every write compares and sets. What is past its expiry counts as absent. */
export interface JobStore {
  /** Strongly consistent. */
  find(id: string): Promise<Job | undefined>;
  /** Writes if the stored one still has the revision `expected` (null: if there is none). @returns whether it was written. */
  put(job: Job, expected: number | null): Promise<boolean>;
  /** Jobs of a tenant, or all (null), newest first. A position matches `JOB_POSITION`. */
  walk(tenant: string | null, after: string | null, limit: number): Promise<Segment<Job>>;
  /** Every job that is running. A job that was started a moment ago may be missing. */
  listRunning(): Promise<Job[]>;
}

/** A position in a list of jobs: the time of creation, then the id. */
export const JOB_POSITION = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#job_[0-9a-z]{26}$/;

/** The queue of jobs: a message asks for one slice of work. */
export interface JobQueue {
  send(message: JobMessage, delaySeconds: number): Promise<void>;
}

const COMPARE_AND_SET_TRIES = 20;

/**
 * Changes a job, whoever else changes it: `change` sees the newest and answers the next, or undefined to leave it.
 * @returns the job as it stands now; undefined where there is none.
 */
export async function updateJob(
  store: Pick<JobStore, 'find' | 'put'>,
  id: string,
  known: Job | undefined,
  change: (job: Job) => Job | undefined,
): Promise<Job | undefined> {
  let seen = known ?? (await store.find(id));
  for (let attempt = 0; attempt < COMPARE_AND_SET_TRIES; attempt++) {
    const next = seen && change(seen);
    if (seen === undefined || next === undefined) return seen;
    const job = { ...next, revision: seen.revision + 1 };
    if (await store.put(job, seen.revision)) return job;
    seen = await store.find(id);
  }
  throw new Error('The job changes too fast to be written.');
}

export interface JobListInput {
  /** Null lists across tenants, with the jobs that are for all of them. */
  tenant: string | null;
  limit: number;
  cursor: string | undefined;
}

/** Lists jobs, newest first. @throws Problem `invalid` when the cursor is not of this query. */
export async function listJobs(
  { tenant, limit, cursor }: JobListInput,
  { jobs }: { jobs: Pick<JobStore, 'walk'> },
): Promise<Page<Job>> {
  const query: ListQuery = ['jobs', tenant];
  const after = readCursor(query, cursor, JOB_POSITION);
  const seen = new Set<string>();
  // A job that ends while it is listed stands twice in the index for a moment.
  const isFirst = ({ id }: Job) => !seen.has(id) && seen.add(id) !== undefined;
  const { items, next } = await collectPage((at, count) => jobs.walk(tenant, at, count), isFirst, { limit, after });
  return { items, next: writeCursor(query, next) };
}
