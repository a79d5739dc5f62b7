import type { Clock } from '../clock.ts';
import { Problem } from '../problem.ts';
import type { Job } from './job.ts';
import { type JobStore, updateJob } from './store.ts';

/**
 * Cancels a job; cancelled again, it stays as it is. What it has sent stays sent; a page under way is finished.
 * @throws Problem `conflict` when it has completed or failed, `not_found` when it has expired meanwhile.
 */
export async function cancelJob(
  job: Job,
  { jobs, clock }: { jobs: Pick<JobStore, 'find' | 'put'>; clock: Clock },
): Promise<Job> {
  const now = await updateJob(jobs, job.id, job, (current) =>
    current.status === 'running' ? { ...current, status: 'cancelled', updatedAt: clock() } : undefined,
  );
  if (now === undefined) throw new Problem('not_found', 'There is no job with this id.');
  if (now.status === 'cancelled') return now;
  throw new Problem('conflict', `The job has ended as ${now.status}: there is nothing left to cancel.`);
}
