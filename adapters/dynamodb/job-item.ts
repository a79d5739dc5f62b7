import { JOB_STATUSES, type Job } from '../../core/jobs/job.ts';
import { type Item, number, text } from './client.ts';
import { allJobs, jobKey, keyAttributes, tenantJobs, timed } from './keys.ts';

/**
 * A job as an item of the ledger: listed by tenant and across all tenants, with running jobs in a partition of their
 * own.
 */
export function jobItem(job: Job): Item {
  const { id, tenant, status, revision, expiresAt, ...document } = job;
  const place = timed(job.createdAt, id);
  return {
    ...keyAttributes(jobKey(id)),
    // A job for all tenants is in no tenant's list.
    ...(tenant !== null && { list_pk: { S: tenantJobs(tenant) }, list_sk: { S: place } }),
    sparse_pk: { S: allJobs(status === 'running' ? 'running' : 'ended') },
    sparse_sk: { S: place },
    ...(tenant !== null && { tenant: { S: tenant } }),
    status: { S: status },
    rev: { N: String(revision) },
    expires_at: { N: String(Math.floor(expiresAt / 1000)) },
    doc: { S: JSON.stringify({ ...document, expiresAt }) },
  };
}

/** Reads a job item that this product wrote. */
export function readJobItem(item: Item): Job {
  const document: Omit<Job, 'id' | 'tenant' | 'status' | 'revision'> = JSON.parse(text(item, 'doc'));
  return {
    ...document,
    id: text(item, 'pk').slice('JOB#'.length),
    tenant: item.tenant?.S ?? null,
    status: statusOf(text(item, 'status')),
    revision: number(item, 'rev') ?? 0,
  };
}

function statusOf(status: string): Job['status'] {
  const known = JOB_STATUSES.find((one) => one === status);
  if (known === undefined) throw new Error('A job in the ledger has a status that this version does not know.');
  return known;
}
