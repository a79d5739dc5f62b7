import { type Actor, type AuditTrail, auditEntry } from '../audit/audit.ts';
import { type Clock, isoTime } from '../clock.ts';
import { newId } from '../ids.ts';
import { type ListQuery, readCursor, writeCursor } from '../listing/cursor.ts';
import { collectPage, type Page } from '../listing/page.ts';
import { type InputFault, Problem } from '../problem.ts';
import type { Random } from '../random.ts';
import type { Job, JobKind, JobScope } from './job.ts';
import { JOB_POSITION, type JobQueue, type JobStore, updateJob } from './store.ts';

export interface StartPorts {
  jobs: Pick<JobStore, 'find' | 'put'>;
  jobQueue: JobQueue;
  audit: AuditTrail;
  clock: Clock;
  random: Random;
  retentionMs: number;
}

export interface WantedJob {
  /** Who starts it. */
  actor: Actor;
  kind: JobKind;
  /** Null: all tenants. */
  tenant: string | null;
  endpointId: string | null;
  eventType: string | null;
  from: number | null;
  to: number | null;
}

/** The indexes that a job walks are eventually consistent: recent writes appear after a moment. */
const START_DELAY_SECONDS = 2;

/**
 * Starts a job: the audit entry first, then the item, then its message. If the message is missing, the scheduled task
 * sends it.
 * @param names the caller's names of the range's bounds.
 * @throws Problem `invalid` when the range begins in the future or ends before it begins.
 */
export async function startJob(
  wanted: WantedJob,
  names: { from: string; to: string },
  ports: StartPorts,
): Promise<Job> {
  const now = ports.clock();
  const scope = scopeOf(wanted, names, now);
  const job: Job = {
    id: newId('job', now, ports.random),
    kind: scope.kind,
    tenant: scope.tenant,
    params: scope.params,
    createdBy: wanted.actor,
    expected: null,
    status: 'running',
    cursor: { part: 0, after: null },
    found: 0,
    sent: 0,
    skipped: 0,
    error: null,
    faults: 0,
    lease: null,
    turn: 0,
    createdAt: now,
    updatedAt: now,
    expiresAt: now + ports.retentionMs,
    revision: 1,
  };
  await ports.audit.append(startEntry(job, wanted.actor, ports));
  // A refused put of a new random id means that an earlier try of the same put succeeded and its response was lost.
  const isStored = (await ports.jobs.put(job, null)) || (await ports.jobs.find(job.id)) !== undefined;
  if (!isStored) throw new Problem('unavailable', 'The job could not be stored: try again.', { retryAfterSeconds: 1 });
  await ports.jobQueue.send({ v: 1, jobId: job.id, turn: job.turn }, START_DELAY_SECONDS);
  return job;
}

/**
 * What a job is about. Its range never ends after its start, so that it ends.
 * @param names the caller's names of the range's bounds.
 * @throws Problem `invalid` when the range begins in the future or ends before it begins.
 */
export function scopeOf(
  wanted: Omit<WantedJob, 'actor'>,
  names: { from: string; to: string },
  nowMs: number,
): JobScope {
  const { from, to, endpointId, eventType, kind, tenant } = wanted;
  refuseRange(from, to, nowMs, names);
  return { kind, tenant, params: { endpointId, eventType, range: { from, to: Math.min(to ?? nowMs, nowMs) } } };
}

function startEntry({ id: object, tenant, kind, params }: Job, actor: Actor, ports: StartPorts) {
  const { endpointId, eventType, range } = params;
  const from = range.from === null ? null : isoTime(range.from);
  const after = { kind, endpoint_id: endpointId, type: eventType, from, to: isoTime(range.to) };
  return auditEntry({ actor, action: 'job.created', object, tenant, after }, ports);
}

function refuseRange(from: number | null, to: number | null, nowMs: number, names: { from: string; to: string }): void {
  if (from === null) return;
  const faults: InputFault[] = [];
  if (from > nowMs) faults.push({ path: names.from, message: 'Use a time in the past.' });
  else if (to !== null && from > to) faults.push({ path: names.from, message: `Use a time before "${names.to}".` });
  if (faults.length > 0)
    throw new Problem('invalid', 'The time range is not valid: correct the fields named in errors.', { faults });
}

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

export interface JobListInput {
  /** Null lists across tenants, with the jobs that are for all of them. */
  tenant: string | null;
  limit: number;
  cursor: string | undefined;
}

/** Lists jobs, newest first. @throws Problem `invalid` when the cursor belongs to another query. */
export async function listJobs(
  { tenant, limit, cursor }: JobListInput,
  { jobs }: { jobs: Pick<JobStore, 'walk'> },
): Promise<Page<Job>> {
  const query: ListQuery = ['jobs', tenant];
  const after = readCursor(query, cursor, JOB_POSITION);
  const seen = new Set<string>();
  // A job that ends while it is listed is in the index twice for a moment.
  const isFirst = ({ id }: Job) => !seen.has(id) && seen.add(id) !== undefined;
  const { items, next } = await collectPage((at, count) => jobs.walk(tenant, at, count), isFirst, { limit, after });
  return { items, next: writeCursor(query, next) };
}
