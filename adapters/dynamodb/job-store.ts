import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock, Wait } from '../../core/clock.ts';
import type { Job } from '../../core/jobs/job.ts';
import type { JobStore } from '../../core/jobs/store.ts';
import type { Segment } from '../../core/listing/page.ts';
import { batchGet, conditionally, type Item } from './client.ts';
import { isUnexpired } from './event-item.ts';
import { jobItem, readJobItem } from './job-item.ts';
import { allJobs, jobKey, tenantJobs } from './keys.ts';
import { type ShardedList, walkShards } from './sharded-list.ts';

export interface JobStoreOptions {
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
