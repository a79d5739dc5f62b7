import { type ListQuery, readCursor, writeCursor } from '../listing/cursor.ts';
import { collectPage, type Page } from '../listing/page.ts';
import type { Job } from './job.ts';
import { JOB_POSITION, type JobStore } from './store.ts';

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
