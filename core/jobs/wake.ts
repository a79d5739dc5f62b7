import type { Clock } from '../clock.ts';
import type { Job } from './job.ts';
import type { JobQueue, JobStore } from './store.ts';

/** How long nobody has worked on a running job before its message counts as lost. */
const IDLE_MS = 60_000;

/**
 * Sends the message of every running job that nobody works on: who started or worked on it may have died before that
 * message was sent. Where it was only late, one of the two is stale by its turn.
 * @returns how many messages were sent.
 */
export async function wakeJobs(ports: {
  jobs: Pick<JobStore, 'listRunning'>;
  jobQueue: JobQueue;
  clock: Clock;
}): Promise<number> {
  const now = ports.clock();
  const idleSince = ({ lease, updatedAt }: Job) => lease?.until ?? updatedAt;
  const idle = (await ports.jobs.listRunning()).filter((job) => now - idleSince(job) > IDLE_MS);
  for (const { id, turn } of idle) await ports.jobQueue.send({ v: 1, jobId: id, turn }, 0);
  return idle.length;
}
