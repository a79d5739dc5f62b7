import { type AttributeValue, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { deliveryKey, keyAttributes } from '../../../adapters/dynamodb/keys.ts';
import { deathChanges } from '../../../core/deliveries/deaths.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { HOUR_MS } from '../../../core/durations.ts';
import { START } from '../../support/delivery-world.ts';
import type { DynamoDbWorld } from './dynamodb-world.ts';
import { aRecord } from './samples.ts';
import { toTheEnd } from './world.ts';

const aDeadLetter = { messageId: 'm', copy: 'c', firstReceivedAt: START, sentAt: START };
const NOTICE = { outbox: [{ kind: 'dead' as const, cycle: 1, at: START }] };
const OPEN = { from: null, to: null };
const LATER = START + HOUR_MS;

/** What an earlier version stored under other keys of an index stays listed, and moves when it is next written. */
export function formerKeyRules(given: () => DynamoDbWorld): void {
  async function keysOf({ pk, sk }: { pk: string; sk: string }, table: 'registry' | 'ledger') {
    const { client, tables } = given();
    const get = new GetItemCommand({ TableName: tables[table], Key: keyAttributes({ pk, sk }), ConsistentRead: true });
    return (await client.send(get)).Item ?? {};
  }

  /** Sets the partition of an item in an index. */
  async function move(key: { pk: string; sk: string }, table: 'registry' | 'ledger', attribute: string, to: string) {
    const values: Record<string, AttributeValue> = { ':to': { S: to } };
    await given().client.send(
      new UpdateItemCommand({
        TableName: given().tables[table],
        Key: keyAttributes(key),
        UpdateExpression: `SET ${attribute} = :to`,
        ExpressionAttributeValues: values,
      }),
    );
  }

  /** Stores a delivery as version 0.1.0 did if its event's shard was another one. @returns its present partition. */
  async function storeInOtherShard(record: DeliveryRecord): Promise<string> {
    const { deliveries, waitingShards } = given();
    await deliveries.put(record, null);
    const key = deliveryKey(record);
    const [, list = '', shard = ''] = /^(.*#)(\d+)$/.exec((await keysOf(key, 'ledger')).sparse_pk?.S ?? '') ?? [];
    await move(key, 'ledger', 'sparse_pk', `${list}${(Number(shard) + 1) % waitingShards}`);
    return `${list}${shard}`;
  }

  type Read = (shard: number, after: string | null) => ReturnType<DynamoDbWorld['ended']['withNotices']>;
  async function listed(read: Read): Promise<string[]> {
    const shards = Array.from({ length: given().waitingShards }, (_, shard) => shard);
    const pages = await Promise.all(shards.map((shard) => toTheEnd((after) => read(shard, after))));
    return pages.flat().flatMap(({ keys }) => keys.map(({ eventId }) => eventId));
  }

  test.each<[string, Partial<DeliveryRecord>, (world: DynamoDbWorld) => Read]>([
    [
      'due',
      { status: 'waiting', waitingFor: 'backoff', nextAttemptAt: START },
      ({ waitingRoom }) =>
        (shard, after) =>
          waitingRoom.due(shard, LATER, 10, after),
    ],
    [
      'held',
      { status: 'waiting', waitingFor: 'paused' },
      ({ waitingRoom }) =>
        (shard) =>
          waitingRoom.held('ep_1', shard, 10, LATER),
    ],
    [
      'dead',
      { status: 'dead', deadLetter: aDeadLetter },
      ({ ended }) =>
        (shard, after) =>
          ended.ended(shard, 'dead', OPEN, after, 10),
    ],
    [
      'with a notice',
      { status: 'dead', deadLetter: aDeadLetter, ...NOTICE },
      ({ ended }) =>
        (shard, after) =>
          ended.withNotices(shard, after, 10),
    ],
  ])('a delivery that is %s in the shard of its event alone is found, and moves', async (_how, changes, readOf) => {
    const world = given();
    const record = aRecord({ endpointId: 'ep_1', ...changes });
    const partition = await storeInOtherShard(record);
    expect(await listed(readOf(world))).toEqual([record.eventId]);

    expect(await world.deliveries.put({ ...record, revision: 2, lastError: 'later' }, 1)).toBe(true);
    expect((await keysOf(deliveryKey(record), 'ledger')).sparse_pk).toEqual({ S: partition });
    expect(await listed(readOf(world))).toEqual([record.eventId]);
  });

  test('deaths are counted right after a recount although their entries are in the shard of their event alone', async () => {
    const { deliveries, deaths } = given();
    const died = aRecord({ status: 'dead', deadLetter: aDeadLetter, updatedAt: START });
    await storeInOtherShard(died);
    await deliveries.countDeaths(deathChanges(undefined, died));
    const day = START - (START % (24 * HOUR_MS));
    const counted = async () => [...(await deaths.since(day)).values()].reduce((sum, count) => sum + count, 0);
    await deaths.recount(day, LATER, () => true);
    expect(await counted()).toBe(1);

    const again = { ...died, status: 'retrying', deadLetter: null, revision: 2 } as const;
    await deliveries.put(again, 1);
    await deliveries.countDeaths(deathChanges(died, again));
    expect(await counted()).toBe(0);
    await deaths.recount(day, LATER, () => true);
    expect(await counted()).toBe(0);
  });
}
