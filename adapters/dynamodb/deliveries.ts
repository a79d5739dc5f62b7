import { type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Clock, Wait } from '../../core/clock.ts';
import {
  type AttemptHistory,
  type DeliveryKey,
  type DeliveryLedger,
  keyText,
  type Loaded,
} from '../../core/deliveries/ledger.ts';
import { ATTEMPTS_KEPT, allAttempts, type DeliveryRecord } from '../../core/deliveries/record.ts';
import type { EndedDeliveries, WaitingRoom } from '../../core/deliveries/work-lists.ts';
import { freshHealth } from '../../core/endpoints/health.ts';
import type { DeliveryReader } from '../../core/history/readers.ts';
import { batchGet, conditionally, type Item, isUnexpired, text } from './client.ts';
import { createDeathCounter } from './death-counter.ts';
import { itemsOf, readAttemptsItem } from './delivery-attempts.ts';
import { readDeliveryItem, type Shards } from './delivery-item.ts';
import { livingEndpoint } from './endpoints.ts';
import type { LedgerListOptions } from './events.ts';
import { readHealthItem } from './health.ts';
import {
  attemptsPrefix,
  DELIVERY_PREFIX,
  deliveriesWithNotices,
  deliveryKey,
  deliveryPartition,
  dueDeliveries,
  endpointDeliveries,
  endpointKey,
  failedDeliveries,
  healthKey,
  heldDeliveries,
  shardOfEndpoint,
  timed,
  WIDE_PARTITIONS,
} from './keys.ts';
import { createSparseQuery, walkShards } from './lists.ts';

interface DeliveryLedgerOptions {
  client: DynamoDBClient;
  ledgerTable: string;
  registryTable: string;
  shards: Shards;
  clock: Clock;
  wait: Wait;
  /** Called with the fault when a death could not be counted. */
  uncounted: (fault: unknown) => void;
}

/** The ledger's deliveries in DynamoDB, read together with the registry's endpoints. */
export function createDeliveryLedger(options: DeliveryLedgerOptions): DeliveryLedger & AttemptHistory {
  const { client, ledgerTable, registryTable, shards, clock, wait, uncounted } = options;
  const countDeath = createDeathCounter({ client, table: ledgerTable, shards: shards.waiting });

  async function load(deliveries: DeliveryKey[], endpointIds: string[]): Promise<Loaded> {
    const wanted = [
      ...deliveries.map((key) => ({ table: ledgerTable, ...deliveryKey(key) })),
      ...endpointIds.map((id) => ({ table: registryTable, ...endpointKey(id) })),
      ...endpointIds.map((id) => ({ table: registryTable, ...healthKey(id) })),
    ];
    if (wanted.length === 0) return { records: new Map(), endpoints: new Map() };
    const found = await batchGet(client, wanted, wait);
    return { records: recordsOf(found), endpoints: endpointsOf(found) };
  }

  function recordsOf(found: Awaited<ReturnType<typeof batchGet>>): Map<string, DeliveryRecord> {
    const items = found.filter(({ table, item }) => table === ledgerTable && isUnexpired(item, clock()));
    return new Map(items.map(({ item }) => readDeliveryItem(item)).map((record) => [keyText(record), record]));
  }

  function endpointsOf(found: Awaited<ReturnType<typeof batchGet>>): Loaded['endpoints'] {
    const items = found.filter(({ table }) => table === registryTable).map(({ item }) => item);
    const health = new Map(
      items
        .filter((item) => text(item, 'sk') === 'HEALTH')
        .map(readHealthItem)
        .map((one) => [one.endpointId, one]),
    );
    const endpoints = items.filter((item) => text(item, 'sk') !== 'HEALTH').map(livingEndpoint);
    return new Map(
      endpoints
        .filter((endpoint) => endpoint !== undefined)
        .map((endpoint) => [endpoint.id, { endpoint, health: health.get(endpoint.id) ?? freshHealth(endpoint.id) }]),
    );
  }

  return {
    load,
    find: async (key) => (await load([key], [])).records.get(keyText(key)),
    async put(record, expected) {
      const { item, apart } = itemsOf(record, shards);
      // First, so that no attempt is lost.
      if (apart !== undefined) await client.send(new PutItemCommand({ TableName: ledgerTable, Item: apart }));
      const put = new PutItemCommand({
        TableName: ledgerTable,
        Item: item,
        ...(expected === null
          ? {
              ConditionExpression: 'attribute_not_exists(pk) OR expires_at <= :now',
              ExpressionAttributeValues: { ':now': { N: String(Math.floor(clock() / 1000)) } },
            }
          : {
              ConditionExpression: 'rev = :expected',
              ExpressionAttributeValues: { ':expected': { N: String(expected) } },
            }),
      });
      return conditionally(client.send(put));
    },
    async attemptsOf(record) {
      const prefix = attemptsPrefix(record.endpointId);
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: ledgerTable,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :low AND :high',
          ExpressionAttributeValues: {
            ':pk': { S: deliveryKey(record).pk },
            ':low': { S: prefix },
            ':high': { S: `${prefix}~` },
          },
          ScanIndexForward: false,
          ConsistentRead: true,
          Limit: ATTEMPTS_KEPT,
        }),
      );
      const apart = Items.filter((item) => isUnexpired(item, clock())).flatMap(readAttemptsItem);
      return allAttempts(apart, record.attempts);
    },
    async countDeaths(changes) {
      await Promise.all(changes.map((change) => countDeath(change).catch(uncounted)));
    },
  };
}

/** The shards of a wide event from that of an endpoint on. */
function shardsFrom(endpointId: string | null): number[] {
  const first = endpointId === null ? 0 : shardOfEndpoint(endpointId);
  return Array.from({ length: WIDE_PARTITIONS - first }, (_, at) => first + at);
}

/** Lists of the ledger's deliveries, by event and by endpoint. */
export function createDeliveryLists({ clock, listShards, ...rest }: LedgerListOptions): DeliveryReader {
  const read = (item: Item) => (isUnexpired(item, clock()) ? readDeliveryItem(item) : undefined);

  /** Deliveries of one partition of an event, the newest endpoint first. */
  async function partOf(pk: string, after: string | null, limit: number): Promise<{ items: Item[]; hasMore: boolean }> {
    // Above every endpoint id, or at the last one, which the bound includes and the filter drops.
    const high = DELIVERY_PREFIX + (after ?? '~');
    const answer = await rest.client.send(
      new QueryCommand({
        TableName: rest.table,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :low AND :high',
        ExpressionAttributeValues: { ':pk': { S: pk }, ':low': { S: DELIVERY_PREFIX }, ':high': { S: high } },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: limit + 1,
      }),
    );
    const found = (answer.Items ?? []).filter((item) => after === null || text(item, 'sk') !== high);
    const items = found.slice(0, limit);
    return { items, hasMore: found.length > items.length || answer.LastEvaluatedKey !== undefined };
  }

  return {
    async ofEvent({ id, wide }, after, limit) {
      const kept: Item[] = [];
      let hasMore = false;
      let from = after;
      for (const shard of wide ? shardsFrom(after) : [undefined]) {
        const part = await partOf(deliveryPartition(id, shard), from, limit - kept.length);
        kept.push(...part.items);
        from = null;
        hasMore = part.hasMore || (shard !== undefined && shard + 1 < WIDE_PARTITIONS);
        if (part.hasMore || kept.length >= limit) break;
      }
      const last = kept.at(-1);
      return {
        items: kept.map(read).filter((record) => record !== undefined),
        next: hasMore && last ? text(last, 'sk').slice(DELIVERY_PREFIX.length) : null,
      };
    },

    ofEndpoint(endpointId, range, after, limit) {
      const partitions = Array.from({ length: listShards }, (_, shard) => endpointDeliveries(endpointId, shard));
      return walkShards({ ...rest, index: 'listing', partitions, range, after, limit }, read);
    },
  };
}

/** The waiting room: the ledger's sparse index. It is eventually consistent; readers re-read the records. */
export function createWaitingRoom(options: { client: DynamoDBClient; table: string }): WaitingRoom {
  const query = createSparseQuery(options);
  return {
    due: (shard, untilMs, limit, after) =>
      query({ partition: dueDeliveries(shard), below: timed(untilMs), after, limit }),
    held: (endpointId, shard, limit, beforeMs) =>
      query({
        partition: heldDeliveries(endpointId, shard),
        ...(Number.isFinite(beforeMs) && { below: timed(beforeMs) }),
        after: null,
        limit,
      }),
  };
}

/** The prefix of positions in the second of the two partitions that `ended` walks. */
const FAILED = 'failed:';

/** Deliveries that failed, or have notices in the outbox, from the ledger's sparse index. */
export function createEndedDeliveries(options: { client: DynamoDBClient; table: string }): EndedDeliveries {
  const query = createSparseQuery(options);

  return {
    async ended(shard, how, range, after, limit) {
      const from = range.from === null ? `${how}#` : `${how}#${timed(range.from)}`;
      const below = range.to === null ? `${how}#~` : `${how}#${timed(range.to)}`;
      // Deliveries with notices come first: they move to the other partition, and would be missed in the reverse order.
      const [isFailed, position] = after?.startsWith(FAILED) ? [true, after.slice(FAILED.length)] : [false, after];
      if (!isFailed) {
        const page = await query({ partition: deliveriesWithNotices(shard), from, below, after: position, limit });
        return { keys: page.keys, next: page.next ?? FAILED };
      }
      const page = await query({ partition: failedDeliveries(shard), from, below, after: position || null, limit });
      return { keys: page.keys, next: page.next && FAILED + page.next };
    },

    withNotices: (shard, after, limit) => query({ partition: deliveriesWithNotices(shard), after, limit }),
  };
}
