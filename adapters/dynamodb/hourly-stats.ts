import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../core/clock.ts';
import { HOUR_MS } from '../../core/durations.ts';
import type { StatsReader, StatsWriter } from '../../core/stats/store.ts';
import { hourOf, type Tally } from '../../core/stats/tally.ts';
import { type Item, isUnexpired, number, queryPages, text } from './client.ts';
import { endpointStats, hourlyStatsKey, keyAttributes, timed } from './keys.ts';

interface HourlyStatsOptions {
  client: DynamoDBClient;
  table: string;
  /** How long the statistics of an hour are kept after its end. */
  retentionMs: number;
}

/** Adds to the ledger's hourly statistics in DynamoDB: an item per hour, an attribute per bucket. */
export function createStatsWriter({ client, table, retentionMs }: HourlyStatsOptions): StatsWriter {
  return {
    async add({ endpointId, hour, delivered, failed, latency, filterErrors, filterError, undecided }) {
      const expiresAt = String(Math.floor((hour + HOUR_MS + retentionMs) / 1000));
      const filters = { ...(filterErrors && { filter_errors: filterErrors }), ...(undecided && { undecided }) };
      const counts = Object.entries({ delivered, failed, ...filters, ...bucketAttributes(latency) });
      const reason = filterError === undefined ? '' : ', filter_error = if_not_exists(filter_error, :reason)';
      const { Attributes = {} } = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: keyAttributes(hourlyStatsKey(endpointId, hour)),
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
    },
  };
}

/** Reads the ledger's hourly statistics. */
export function createStatsReader(options: { client: DynamoDBClient; table: string; clock: Clock }): StatsReader {
  const { client, table, clock } = options;
  return {
    async hours(endpointId, from, to) {
      const found: Tally[] = [];
      const wanted = {
        TableName: table,
        KeyConditionExpression: 'pk = :endpoint AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':endpoint': { S: endpointStats(endpointId) },
          ':first': { S: timed(from) },
          ':last': { S: timed(to - HOUR_MS) },
        },
      };
      for await (const { Items = [] } of queryPages(client, wanted)) {
        const unexpired = Items.filter((item) => isUnexpired(item, clock()));
        found.push(...unexpired.map((item) => readHour(endpointId, item)));
      }
      return found;
    },
  };
}

const bucketAttributes = (latency: Tally['latency']) =>
  Object.fromEntries(Object.entries(latency).map(([bucket, count]) => [`b${bucket}`, count]));

function readHour(endpointId: string, item: Item): Tally {
  const latency: Record<string, number> = {};
  for (const [name, value] of Object.entries(item)) {
    const [, bucket] = /^b(\d+)$/.exec(name) ?? [];
    if (bucket !== undefined) latency[bucket] = Number(value.N);
  }
  const hour = hourOf(Date.parse(text(item, 'sk')));
  const [filterErrors, undecided] = [number(item, 'filter_errors'), number(item, 'undecided')];
  return {
    endpointId,
    hour,
    delivered: number(item, 'delivered') ?? 0,
    failed: number(item, 'failed') ?? 0,
    latency,
    ...(filterErrors !== undefined && { filterErrors }),
    ...(item.filter_error?.S !== undefined && { filterError: item.filter_error.S }),
    ...(undecided !== undefined && { undecided }),
  };
}
