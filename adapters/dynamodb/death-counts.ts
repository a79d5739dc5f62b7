import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type ReconciliationStore, storedReconciliation } from '../../core/dead-letters/reconciliation.ts';
import type { DeathCounts } from '../../core/dead-letters/recount.ts';
import { DAY_MS, HOUR_MS } from '../../core/durations.ts';
import { conditionally, type Item, number, queryPages, readDocument, text } from './client.ts';
import { attributeOf, type DeathCountsOptions, dayOf, expiryOf } from './death-counter.ts';
import {
  deathCountsKey,
  deathCountsOf,
  deliveriesWithNotices,
  failedDeliveries,
  keyAttributes,
  RECONCILIATION,
  timed,
} from './keys.ts';

/** Reads and corrects what was counted. */
export function createDeathCounts({ client, table, shards }: DeathCountsOptions): DeathCounts {
  const inShards = <Result>(work: (shard: number) => Promise<Result>) =>
    Promise.all(Array.from({ length: shards }, (_, shard) => work(shard)));

  /** The deliveries of a shard that died in a time; undefined if there is no time to count them all. */
  async function countIn(shard: number, from: number, to: number, hasTime: () => boolean): Promise<number | undefined> {
    let count = 0;
    for (const partition of [deliveriesWithNotices(shard), failedDeliveries(shard)]) {
      const counted = {
        TableName: table,
        IndexName: 'sparse',
        KeyConditionExpression: 'sparse_pk = :partition AND sparse_sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':partition': { S: partition },
          ':from': { S: `dead#${timed(from)}` },
          ':to': { S: `dead#${timed(to)}` },
        },
        Select: 'COUNT',
      } as const;
      for await (const { Count = 0 } of queryPages(client, counted)) {
        if (!hasTime()) return undefined;
        count += Count;
      }
    }
    return count;
  }

  async function recountShard(shard: number, day: number, to: number, hasTime: () => boolean): Promise<void> {
    const { Item: item = {} } = await client.send(
      new GetItemCommand({ TableName: table, Key: keyAttributes(deathCountsKey(shard, day)), ConsistentRead: true }),
    );
    const hours = hoursBetween(day, to);
    // On most days nothing dies in most shards, which takes a twenty-fourth of the queries to see.
    const isEmpty = hours.every((hour) => (number(item, attributeOf(hour)) ?? 0) === 0);
    if (isEmpty && (await countIn(shard, day, to, hasTime)) === 0) return;
    for (const hour of hours) {
      const counted = number(item, attributeOf(hour));
      const deaths = await countIn(shard, hour, Math.min(hour + HOUR_MS, to), hasTime);
      if (deaths === undefined) return;
      if (deaths !== (counted ?? 0)) await correct(deathCountsKey(shard, day), { hour, counted, deaths });
    }
  }

  /** Unless somebody dies or is sent again meanwhile: the next recount sees it. */
  function correct(
    key: ReturnType<typeof deathCountsKey>,
    { hour, counted, deaths }: { hour: number; counted: number | undefined; deaths: number },
  ): Promise<boolean> {
    const name = attributeOf(hour);
    const update = new UpdateItemCommand({
      TableName: table,
      Key: keyAttributes(key),
      UpdateExpression: `SET expires_at = :expiry, ${name} = :deaths`,
      ConditionExpression: counted === undefined ? `attribute_not_exists(${name})` : `${name} = :counted`,
      ExpressionAttributeValues: {
        ':expiry': expiryOf(dayOf(hour)),
        ':deaths': { N: String(deaths) },
        ...(counted !== undefined && { ':counted': { N: String(counted) } }),
      },
    });
    return conditionally(client.send(update));
  }

  return {
    async since(first) {
      const sums = new Map<number, number>();
      await inShards(async (shard) => {
        const wanted = {
          TableName: table,
          KeyConditionExpression: 'pk = :shard AND sk >= :day',
          ExpressionAttributeValues: { ':shard': { S: deathCountsOf(shard) }, ':day': { S: timed(dayOf(first)) } },
        };
        for await (const { Items = [] } of queryPages(client, wanted)) {
          for (const [hour, deaths] of Items.flatMap(hoursIn)) {
            if (hour >= first) sums.set(hour, (sums.get(hour) ?? 0) + deaths);
          }
        }
      });
      return sums;
    },

    async recount(day, untilMs, hasTime) {
      await inShards((shard) => recountShard(shard, day, Math.min(day + DAY_MS, untilMs), hasTime));
    },
  };
}

function hoursBetween(from: number, to: number): number[] {
  return Array.from({ length: Math.ceil((to - from) / HOUR_MS) }, (_, at) => from + at * HOUR_MS);
}

function hoursIn(item: Item): [hour: number, deaths: number][] {
  const day = Date.parse(text(item, 'sk'));
  return hoursBetween(day, day + DAY_MS).flatMap((hour) => {
    const deaths = number(item, attributeOf(hour));
    return deaths === undefined ? [] : [[hour, deaths]];
  });
}

/** What the reconciliation remembers, in the ledger. */
export function createReconciliationStore({ client, table }: Omit<DeathCountsOptions, 'shards'>): ReconciliationStore {
  const key = keyAttributes(RECONCILIATION);
  return {
    async find() {
      const { Item: item } = await client.send(
        new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }),
      );
      return item && readDocument(item, 'doc', storedReconciliation);
    },
    async put(state) {
      await client.send(new PutItemCommand({ TableName: table, Item: { ...key, doc: { S: JSON.stringify(state) } } }));
    },
  };
}
