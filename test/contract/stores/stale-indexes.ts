import { DeleteItemCommand, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { createKeyStore } from '../../../adapters/dynamodb/api-keys.ts';
import { createDeliveryLists, createWaitingRoom } from '../../../adapters/dynamodb/deliveries.ts';
import { createMarkedEndpoints } from '../../../adapters/dynamodb/endpoints.ts';
import { createEventLists } from '../../../adapters/dynamodb/events.ts';
import type { OutgoingDelivery } from '../../../core/deliveries/message.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { keyHash, mintKey } from '../../../core/keys/key.ts';
import { sweepDue } from '../../../core/waiting-room/sweep.ts';
import { START } from '../../support/delivery-world.ts';
import { allMarked, aRun } from '../../support/task-run.ts';
import type { DynamoDbWorld } from './dynamodb-world.ts';
import { anEntry, anEvent, aRecord, random } from './samples.ts';
import { freezingIndexes } from './watched-client.ts';

const OPEN = { from: null, to: null };

/**
 * DDBG/GSI.html: an index is eventually consistent. No engine on this machine shows this, so here index
 * queries are frozen at one point in time, and readers must still show the current state.
 */
export function staleIndexRules(given: () => DynamoDbWorld): void {
  test('the sweep sends nothing that the record itself no longer requires', async () => {
    const world = given();
    const due = () => aRecord({ status: 'waiting', waitingFor: 'backoff', nextAttemptAt: START });
    const [sent, cleared, held, onItsWay, moved] = [due(), due(), due(), due(), due()];
    for (const record of [sent, cleared, held, onItsWay, moved]) await world.deliveries.put(record, null);
    const { client, freeze } = freezingIndexes(world.port);
    const room = createWaitingRoom({ client, table: world.tables.ledger });
    for (let shard = 0; shard < world.waitingShards; shard++) await room.due(shard, START + 60_000, 100, null);
    freeze();

    await world.deliveries.put({ ...cleared, status: 'delivered', waitingFor: null, revision: 2 }, 1);
    await world.deliveries.put({ ...held, waitingFor: 'paused', nextAttemptAt: null, revision: 2 }, 1);
    await world.deliveries.put({ ...onItsWay, waitingFor: 'rate_limit', slot: START, revision: 2 }, 1);
    await world.deliveries.put({ ...moved, nextAttemptAt: START + 30_000, revision: 2 }, 1);
    const queued: OutgoingDelivery[] = [];
    await sweepDue(aRun(world.now), {
      room,
      ledger: world.deliveries,
      queue: { send: async (messages) => void queued.push(...messages) },
      clock: () => world.now,
      shards: world.waitingShards,
    });
    const delays = new Map(queued.map(({ message, delaySeconds }) => [message.eventId, delaySeconds]));
    expect(delays).toEqual(
      new Map([
        [sent.eventId, 0],
        [moved.eventId, 30],
      ]),
    );
    client.destroy();
  });

  test('an endpoint whose mark was cleared is not listed as marked', async () => {
    const world = given();
    const marked = (endpointId: string) => {
      const holding = { id: 'hold_1', emptySince: null };
      return { ...freshHealth(endpointId), holding, revision: 1 };
    };
    for (const id of ['ep_1', 'ep_2']) await world.health.put(marked(id), 0);
    const { client, freeze } = freezingIndexes(world.port);
    const wait = async () => undefined;
    const marks = createMarkedEndpoints({ client, table: world.tables.registry, wait });
    expect(await allMarked(marks)).toHaveLength(2);
    freeze();

    await world.health.put({ ...marked('ep_1'), holding: null, revision: 2 }, 1);
    expect((await allMarked(marks)).map(({ health }) => health.endpointId)).toEqual(['ep_2']);
    client.destroy();
  });

  test('a mark of version 0.1.0 is found where it was, and moves when the health is next written', async () => {
    const world = given();
    const { health, tables, client } = world;
    const marked = { ...freshHealth('ep_1'), holding: { id: 'hold_1', emptySince: null }, revision: 1 };
    await health.put(marked, 0);
    const key = { pk: { S: 'ENDPOINT#ep_1' }, sk: { S: 'HEALTH' } };
    await client.send(
      new UpdateItemCommand({
        TableName: tables.registry,
        Key: key,
        UpdateExpression: 'SET kind_pk = :kind, list_sk = :id REMOVE mark_pk, mark_sk',
        ExpressionAttributeValues: { ':kind': { S: 'HOLDING' }, ':id': { S: 'ep_1' } },
      }),
    );
    const listed = async () => (await allMarked(health)).map((one) => one.health);
    expect(await listed()).toEqual([marked]);
    const next = { ...marked, lane: 'fast' as const, revision: 2 };
    await health.put(next, 1);
    expect(await listed()).toEqual([next]);
    const { Item } = await client.send(new GetItemCommand({ TableName: tables.registry, Key: key }));
    expect([Item?.kind_pk, Item?.mark_sk]).toEqual([undefined, { S: 'ep_1' }]);
  });

  test('an API key created or revoked a moment ago is found by its id', async () => {
    const world = given();
    const { client, freeze } = freezingIndexes(world.port);
    const keys = createKeyStore({ client, table: world.tables.registry, warn: () => {} });
    const wanted = { name: 'n', role: 'admin', tenant: null, expiresAt: null } as const;
    const [old, fresh] = [mintKey(wanted, START, random), mintKey(wanted, START, random)];
    await keys.put(old.key, keyHash(old.secret), anEntry());
    freeze();
    await keys.put(fresh.key, keyHash(fresh.secret), anEntry());
    expect((await keys.find(fresh.key.id))?.key).toEqual(fresh.key);
    expect(await keys.remove(fresh.key.id, anEntry())).toBe(true);
    expect(await keys.findByHash(keyHash(fresh.secret))).toBeUndefined();
    client.destroy();
  });

  test('an API key from before there were pointer items is found until it is revoked', async () => {
    const world = given();
    const { keys, tables } = world;
    const wanted = { name: 'n', role: 'admin', tenant: null, expiresAt: null } as const;
    const { key, secret } = mintKey(wanted, START, random);
    await keys.put(key, keyHash(secret), anEntry());
    const pointer = { pk: { S: `KEYID#${key.id}` }, sk: { S: '-' } };
    await world.client.send(new DeleteItemCommand({ TableName: tables.registry, Key: pointer }));
    await world.client.send(
      new UpdateItemCommand({
        TableName: tables.registry,
        Key: { pk: { S: `KEY#${keyHash(secret)}` }, sk: { S: '-' } },
        UpdateExpression: 'SET kind_pk = :kind',
        ExpressionAttributeValues: { ':kind': { S: 'KEY' } },
      }),
    );
    expect((await keys.find(key.id))?.key).toEqual(key);

    const { client, freeze } = freezingIndexes(world.port);
    const late = createKeyStore({ client, table: tables.registry, warn: () => {} });
    await late.find(key.id);
    freeze();
    expect(await late.remove(key.id, anEntry())).toBe(true);
    expect([await late.find(key.id), await late.findByHash(keyHash(secret))]).toEqual([undefined, undefined]);
    client.destroy();
  });

  test('lists show items as they are now, without deleted ones', async () => {
    const world = given();
    const kept = anEvent();
    const gone = anEvent({ expiresAt: START + 10_000 });
    const record = aRecord();
    await world.events.createFresh([kept, gone]);
    await world.deliveries.put(record, null);
    const { client, freeze } = freezingIndexes(world.port);
    const options = { client, table: world.tables.ledger, clock: () => world.now, wait: async () => {}, listShards: 3 };
    const events = () => createEventLists(options).walk('acme', OPEN, null, 10);
    const deliveries = () => createDeliveryLists(options).ofEndpoint(record.endpointId, OPEN, null, 10);
    expect((await events()).found).toHaveLength(2);
    expect((await deliveries()).found).toHaveLength(1);
    freeze();

    world.now = START + 10_000;
    const page = { matched: 0, endpointIds: [], last: true };
    await world.events.notePage(kept.id, 0, page);
    const delivered = { ...record, status: 'delivered', revision: 2 } as const;
    await world.deliveries.put(delivered, 1);
    expect((await events()).found.map(({ item }) => item)).toEqual([{ ...kept, fanout: { 0: page } }]);
    expect((await deliveries()).found.map(({ item }) => item)).toEqual([delivered]);
    client.destroy();
  });
}
