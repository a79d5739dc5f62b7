import { type Actor, type AuditTrail, auditEntry } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../problem.ts';
import type { Random } from '../random.ts';
import type { Job } from './job.ts';
import { type JobStore, updateJob } from './store.ts';

export interface CancelPorts {
  jobs: Pick<JobStore, 'find' | 'put'>;
  audit: AuditTrail;
  clock: Clock;
  random: Random;
}

/**
 * Cancels a job; cancelling again has no effect. What it has sent stays sent, and the current page is finished. The
 * audit entry comes first, although the job may complete in between.
 * @throws Problem `conflict` when it has completed or failed, `not_found` when it has expired meanwhile.
 */
export async function cancelJob(job: Job, actor: Actor, ports: CancelPorts): Promise<Job> {
  const { id: object, tenant, status } = job;
  if (status === 'running') {
    const [before, after] = [{ status }, { status: 'cancelled' }];
    await ports.audit.append(auditEntry({ actor, action: 'job.cancelled', object, tenant, before, after }, ports));
  }
  const now = await updateJob(ports.jobs, job.id, job, (current) =>
    current.status === 'running' ? { ...current, status: 'cancelled', updatedAt: ports.clock() } : undefined,
  );
  if (now === undefined) throw new Problem('not_found', 'There is no job with this id.');
  if (now.status === 'cancelled') return now;
  throw new Problem('conflict', `The job has already ${now.status}: it cannot be cancelled.`);
}
