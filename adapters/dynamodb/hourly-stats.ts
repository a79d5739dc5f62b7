import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../core/clock.ts';
import { HOUR_MS } from '../../core/durations.ts';
import type { StatsReader, StatsWriter } from '../../core/stats/store.ts';
import { type HourCounts, hourOf } from '../../core/stats/tally.ts';
import { type Item, isUnexpired, number, queryPages, text } from './client.ts';
import { endpointStats, hourlyStatsKey, keyAttributes, tenantStats, timed } from './keys.ts';

interface HourlyStatsOptions {
  client: DynamoDBClient;
  table: string;
  /** How long the statistics of an hour are kept after its end. */
  retentionMs: number;
}

/** Adds to the ledger's hourly statistics in DynamoDB: an item per hour, an attribute per bucket. */
export function createStatsWriter({ client, table, retentionMs }: HourlyStatsOptions): StatsWriter {
  /** @returns the undecided events of the hour, if there are any among the counts; 0 otherwise. */
  async function addTo(partition: string, counted: HourCounts): Promise<number> {
    const { hour, delivered, failed, latency, filterErrors, filterError, undecided } = counted;
    const expiresAt = String(Math.floor((hour + HOUR_MS + retentionMs) / 1000));
    const filters = { ...(filterErrors && { filter_errors: filterErrors }), ...(undecided && { undecided }) };
    const counts = Object.entries({ delivered, failed, ...filters, ...bucketAttributes(latency) });
    const reason = filterError === undefined ? '' : ', filter_error = if_not_exists(filter_error, :reason)';
    const { Attributes = {} } = await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: keyAttributes(hourlyStatsKey(partition, hour)),
        // Placeholders are named by their value, and most values are the same few: even all buckets stay below half
        // of the 4 KB limit of an expression. ADD begins at 0.
        UpdateExpression: `SET expires_at = :expiry${reason} ADD ${counts.map(([name, count]) => `${name} :${count}`).join(',')}`,
        ExpressionAttributeValues: {
          ':expiry': { N: expiresAt },
          ...(filterError !== undefined && { ':reason': { S: filterError } }),
          ...Object.fromEntries(counts.map(([, count]) => [`:${count}`, { N: String(count) }])),
        },
        ...(undecided && { ReturnValues: 'UPDATED_NEW' }),
      }),
    );
    return number(Attributes, 'undecided') ?? 0;
  }

  return {
    add: (tally) => addTo(endpointStats(tally.endpointId), tally),
    async addSum(sum) {
      await addTo(tenantStats(sum.tenant), sum);
    },
  };
}

/** Reads the ledger's hourly statistics. */
export function createStatsReader(options: { client: DynamoDBClient; table: string; clock: Clock }): StatsReader {
  const { client, table, clock } = options;
  async function hoursOf(partition: string, from: number, to: number): Promise<HourCounts[]> {
    const found: HourCounts[] = [];
    const wanted = {
      TableName: table,
      KeyConditionExpression: 'pk = :partition AND sk BETWEEN :first AND :last',
      ExpressionAttributeValues: {
        ':partition': { S: partition },
        ':first': { S: timed(from) },
        ':last': { S: timed(to - HOUR_MS) },
      },
    };
    for await (const { Items = [] } of queryPages(client, wanted)) {
      const unexpired = Items.filter((item) => isUnexpired(item, clock()));
      found.push(...unexpired.map(readHour));
    }
    return found;
  }

  return {
    async hours(endpointId, from, to) {
      const hours = await hoursOf(endpointStats(endpointId), from, to);
      return hours.map((counts) => ({ endpointId, ...counts }));
    },
    async sums(tenant, from, to) {
      const hours = await hoursOf(tenantStats(tenant), from, to);
      return hours.map((counts) => ({ tenant, ...counts }));
    },
  };
}

const bucketAttributes = (latency: HourCounts['latency']) =>
  Object.fromEntries(Object.entries(latency).map(([bucket, count]) => [`b${bucket}`, count]));

function readHour(item: Item): HourCounts {
  const latency: Record<string, number> = {};
  for (const [name, value] of Object.entries(item)) {
    const [, bucket] = /^b(\d+)$/.exec(name) ?? [];
    if (bucket !== undefined) latency[bucket] = Number(value.N);
  }
  const hour = hourOf(Date.parse(text(item, 'sk')));
  const [filterErrors, undecided] = [number(item, 'filter_errors'), number(item, 'undecided')];
  return {
    hour,
    delivered: number(item, 'delivered') ?? 0,
    failed: number(item, 'failed') ?? 0,
    latency,
    ...(filterErrors !== undefined && { filterErrors }),
    ...(item.filter_error?.S !== undefined && { filterError: item.filter_error.S }),
    ...(undecided !== undefined && { undecided }),
  };
}
