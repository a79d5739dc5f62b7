import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock, Wait } from '../../core/clock.ts';
import { JOB_STATUSES, type Job, storedJob } from '../../core/jobs/job.ts';
import type { JobStore } from '../../core/jobs/store.ts';
import type { Segment } from '../../core/listing/page.ts';
import { UnreadableItem } from '../../core/unreadable-item.ts';
import { batchGet, conditionally, type Item, isUnexpired, number, readDocument, text } from './client.ts';
import { allJobs, jobKey, keyAttributes, tenantJobs, timed } from './keys.ts';
import { type ShardedList, walkShards } from './lists.ts';

/**
 * A job as an item of the ledger: listed by tenant and across all tenants, with running jobs in a partition of their
 * own.
 */
function jobItem(job: Job): Item {
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

/** The stored document: the key and attributes hold the rest. */
const document = storedJob.omit({ id: true, tenant: true, status: true, revision: true });

/** Reads a job item that this product wrote. */
function readJobItem(item: Item): Job {
  const job = readDocument(item, 'doc', document);
  return {
    ...job,
    id: text(item, 'pk').slice('JOB#'.length),
    tenant: item.tenant?.S ?? null,
    status: statusOf(text(item, 'status')),
    revision: number(item, 'rev') ?? 0,
  };
}

function statusOf(status: string): Job['status'] {
  const known = JOB_STATUSES.find((one) => one === status);
  if (known === undefined) throw new UnreadableItem('A job has a status that this version does not know.');
  return known;
}

interface JobStoreOptions {
  client: DynamoDBClient;
  table: string;
  clock: Clock;
  wait: Wait;
}

const ANY_TIME = { from: null, to: null };
const PAGE = 100;

/** The ledger's jobs in DynamoDB. */
export function createJobStore({ client, table, clock, wait }: JobStoreOptions): JobStore {
  const read = (item: Item) => (isUnexpired(item, clock()) ? readJobItem(item) : undefined);
  const walk = (index: ShardedList['index'], partitions: string[], after: string | null, limit: number) =>
    walkShards({ client, table, wait, range: ANY_TIME, index, partitions, after, limit }, read);

  return {
    async find(id) {
      const [found] = await batchGet(client, [{ table, ...jobKey(id) }], wait);
      return found && read(found.item);
    },

    put(job, expected) {
      const put = new PutItemCommand({
        TableName: table,
        Item: jobItem(job),
        ...(expected === null
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: 'rev = :expected',
              ExpressionAttributeValues: { ':expected': { N: String(expected) } },
            }),
      });
      return conditionally(client.send(put));
    },

    walk: (tenant, after, limit) =>
      tenant === null
        ? walk('sparse', [allJobs('running'), allJobs('ended')], after, limit)
        : walk('listing', [tenantJobs(tenant)], after, limit),

    async listRunning() {
      const running: Job[] = [];
      let after: string | null = null;
      do {
        const segment: Segment<Job> = await walk('sparse', [allJobs('running')], after, PAGE);
        // The index is eventually consistent: the item decides.
        running.push(...segment.found.map(({ item }) => item).filter(({ status }) => status === 'running'));
        after = segment.next;
      } while (after !== null);
      return running;
    },
  };
}
