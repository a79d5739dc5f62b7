import { type AttributeValue, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import {
  apiKeyKey,
  auditKey,
  deliveryKey,
  endpointKey,
  eventTypeKey,
  keyAttributes,
} from '../../../adapters/dynamodb/keys.ts';
import { flushPendingEntries } from '../../../core/audit/flush.ts';
import { deathChanges } from '../../../core/deliveries/deaths.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { HOUR_MS } from '../../../core/durations.ts';
import { newId } from '../../../core/ids.ts';
import { keyHash, mintKey } from '../../../core/keys/key.ts';
import { anEndpoint, DAY, START } from '../../support/delivery-world.ts';
import { PLAIN } from '../../support/event-types.ts';
import { aRun } from '../../support/task-run.ts';
import type { DynamoDbWorld } from './dynamodb-world.ts';
import { anEntry, aRecord, random } from './samples.ts';
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

  /** Puts an item of the registry where version 0.1.0 had it: in the one partition of each of its lists. */
  async function moveBack(key: { pk: string; sk: string }): Promise<void> {
    const item = await keysOf(key, 'registry');
    for (const name of ['tenant_pk', 'kind_pk', 'audit_pk']) {
      const partition = item[name]?.S;
      if (partition !== undefined) await move(key, 'registry', name, partition.replace(/#\d+$/, ''));
    }
  }

  test.each([1, 2, 3, 20])('former and present endpoints are one list, newest first, %i at a time', async (limit) => {
    const { endpoints } = given();
    const all = Array.from({ length: 30 }, (_, at) => anEndpoint({ id: newId('ep', START + at, random) }));
    for (const one of all) await endpoints.put(one, null, null);
    for (const one of all.filter((_, at) => at % 3 === 0 || at > 20)) await moveBack(endpointKey(one.id));
    const listed = async (tenant: string | null) =>
      (await toTheEnd((after) => endpoints.list(tenant, limit, after))).flatMap(({ items }) => items);
    expect(await listed('acme')).toEqual(all.toReversed());
    expect(await listed(null)).toEqual(all.toReversed());
  });

  test('a former endpoint, API key and event type stay listed, and an endpoint and a type move when written', async () => {
    const { endpoints, keys, eventTypes } = given();
    const endpoint = anEndpoint();
    const made = anEntry({ object: 'order.paid' });
    const eventType = { name: 'order.paid', ...PLAIN, versions: [], createdAt: START, updatedAt: START };
    const wanted = { name: 'n', role: 'viewer', tenant: 'acme', expiresAt: null } as const;
    const { key, secret } = mintKey(wanted, START, random);
    await endpoints.put(endpoint, null, null);
    await keys.put(key, keyHash(secret), anEntry({ object: key.id }));
    await eventTypes.put(eventType, undefined, made);
    const places = [endpointKey(endpoint.id), eventTypeKey('order.paid'), apiKeyKey(keyHash(secret))];
    const present = await Promise.all(places.map((place) => keysOf(place, 'registry')));
    for (const place of places) await moveBack(place);
    const listed = async () => ({
      endpoints: [await endpoints.list('acme', 10, null), await endpoints.list(null, 10, null)].map(itemsOf),
      keys: [await keys.list('acme', 10, null), await keys.list(null, 10, null)].map(itemsOf),
      eventTypes: itemsOf(await eventTypes.list(10, null)),
    });
    expect(await listed()).toEqual({
      endpoints: [[endpoint], [endpoint]],
      keys: [[key], [key]],
      eventTypes: [eventType],
    });

    const next = { ...endpoint, version: 2 };
    expect(await endpoints.put(next, 1, null)).toBe(true);
    expect(await eventTypes.put(eventType, made.id, anEntry({ object: 'order.paid' }))).toBe(true);
    await keys.noteUse(keyHash(secret), '2026-11-22');
    for (const [at, place] of places.slice(0, 2).entries()) {
      const { kind_pk, tenant_pk } = await keysOf(place, 'registry');
      expect([kind_pk, tenant_pk]).toEqual([present[at]?.kind_pk, present[at]?.tenant_pk]);
    }
    const used = { ...key, lastUsedOn: '2026-11-22' };
    expect(await listed()).toEqual({ endpoints: [[next], [next]], keys: [[used], [used]], eventTypes: [eventType] });
  });

  test('former audit entries are listed among the present ones, and one that has no expiry is kept', async () => {
    const world = given();
    const entries = Array.from({ length: 12 }, (_, at) => anEntry({ at: START + at }));
    for (const entry of entries) await world.audit.append(entry);
    const [oldest, ...others] = entries;
    for (const { object, id } of [oldest, ...others.filter((_, at) => at % 2 === 0)].filter(
      (one) => one !== undefined,
    )) {
      await moveBack(auditKey(object, id));
    }
    const walked = async (tenant: string | null) =>
      (await toTheEnd((after) => world.audit.ofTenant(tenant, OPEN, after, 5))).flatMap(({ found }) =>
        found.map(({ item }) => item),
      );
    expect(await walked('acme')).toEqual(entries.toReversed());
    expect(await walked(null)).toEqual(entries.toReversed());

    await world.client.send(
      new UpdateItemCommand({
        TableName: world.tables.registry,
        Key: keyAttributes(auditKey(oldest?.object ?? '', oldest?.id ?? '')),
        UpdateExpression: 'REMOVE expires_at',
      }),
    );
    world.now = START + 10_000 * DAY;
    expect(await walked('acme')).toEqual([oldest]);
  });

  test('a former pending entry is copied to the trail and removed', async () => {
    const { endpoints, audit, now } = given();
    const endpoint = anEndpoint();
    const entry = anEntry({ object: endpoint.id });
    await endpoints.put(endpoint, null, entry);
    await moveBack(endpointKey(endpoint.id));
    expect((await audit.list(OPEN, null, 10)).found.map(({ item }) => item.entry)).toEqual([entry]);
    for (let minute = 0; minute < 2; minute++) await flushPendingEntries(aRun(now), { audit, pendingEntries: audit });
    expect((await audit.list(OPEN, null, 10)).found).toEqual([]);
    expect((await audit.ofObject(endpoint.id, OPEN, null, 10)).found.map(({ item }) => item)).toEqual([entry]);
  });
}

const itemsOf = <Item>({ items }: { items: Item[] }) => items;
