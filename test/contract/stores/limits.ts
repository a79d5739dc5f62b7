import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { deliveryKey, keyAttributes } from '../../../adapters/dynamodb/keys.ts';
import { advanced } from '../../../core/deliveries/advance.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { newId } from '../../../core/ids.ts';
import { aMessage, START } from '../../support/delivery-world.ts';
import { allMarked } from '../../support/task-run.ts';
import type { DynamoDbWorld } from './dynamodb-world.ts';
import { anAttempt, anEvent, aSubscription, random } from './samples.ts';
import { toTheEnd } from './world.ts';

const key = (name: string) => ({ pk: { S: name }, sk: { S: '-' } });
const keys = (count: number) => Array.from({ length: count }, (_, at) => key(`item-${at}`));

/** Limits of DynamoDB, and how the stores handle them. */
export function limitRules(given: () => DynamoDbWorld): void {
  // API_BatchGetItem
  test('one call reads up to 100 items, each once', async () => {
    const { client, tables } = given();
    const read = (Keys: ReturnType<typeof keys>) =>
      client.send(new BatchGetItemCommand({ RequestItems: { [tables.registry]: { Keys } } }));
    expect((await read(keys(100))).Responses).toEqual({ [tables.registry]: [] });
    await expect(read(keys(101))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(read([key('a'), key('a')])).rejects.toMatchObject({ name: 'ValidationException' });
  });

  // API_BatchWriteItem
  test('one call puts up to 25 items', async () => {
    const { client, tables } = given();
    const write = (items: ReturnType<typeof keys>) =>
      client.send(
        new BatchWriteItemCommand({
          RequestItems: { [tables.registry]: items.map((Item) => ({ PutRequest: { Item } })) },
        }),
      );
    expect((await write(keys(25))).UnprocessedItems).toEqual({});
    await expect(write(keys(26))).rejects.toMatchObject({ name: 'ValidationException' });
  });

  // DDBG/Constraints.html
  test('an item has up to 400 KB, names included', async () => {
    const { client, tables } = given();
    const put = (bytes: number) =>
      client.send(
        new PutItemCommand({ TableName: tables.registry, Item: { ...key('a'), doc: { S: 'x'.repeat(bytes) } } }),
      );
    await put(400 * 1024 - 9);
    await expect(put(400 * 1024)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  // API_PutItem, ConditionExpression
  test('a failed condition is a distinct error, and writes nothing', async () => {
    const { client, tables } = given();
    const put = (doc: string) =>
      client.send(
        new PutItemCommand({
          TableName: tables.registry,
          Item: { ...key('a'), doc: { S: doc } },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
    await put('first');
    const refused: DynamoDBServiceException = await put('second').then(
      () => expect.fail('it was written'),
      (error) => error,
    );
    expect([refused.name, refused.$metadata.httpStatusCode]).toEqual(['ConditionalCheckFailedException', 400]);
    const { Item } = await client.send(new GetItemCommand({ TableName: tables.registry, Key: key('a') }));
    expect(Item?.doc?.S).toBe('first');
  });

  // API_Query, ConsistentRead
  test('an index cannot be read strongly consistent', async () => {
    const { client, tables } = given();
    const query = new QueryCommand({
      TableName: tables.ledger,
      IndexName: 'sparse',
      ConsistentRead: true,
      KeyConditionExpression: 'sparse_pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'TIME#0' } },
    });
    await expect(client.send(query)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  // API_BatchGetItem: 16 MB a call, the rest of the keys come back unprocessed
  test('events of more than 16 MB in all are found in several rounds', async () => {
    const { events } = given();
    const list = Array.from({ length: 60 }, () => anEvent({ metadata: { large: 'x'.repeat(300_000) } }));
    for (let at = 0; at < 60; at += 20) await events.createFresh(list.slice(at, at + 20));
    const found = await events.find(list.map(({ id }) => id));
    expect(list.filter(({ id }) => !found.has(id))).toEqual([]);
  });

  // API_Query: 1 MB a page, before its limit
  test('a tenant with more than 1 MB of entries is read in pages, even if they are few', async () => {
    const { subscriptions } = given();
    const entries = Array.from({ length: 20 }, (_, at) =>
      aSubscription({ endpointId: `ep_${10 + at}`, filter: 'x'.repeat(100_000) }),
    );
    await subscriptions.put(entries);
    expect(await subscriptions.all('acme')).toBeUndefined();
    const pages = await toTheEnd((after) => subscriptions.page('acme', 'order.created', after, 200));
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flatMap((page) => page.entries.map(({ endpointId }) => endpointId))).toEqual(
      entries.map(({ endpointId }) => endpointId),
    );
  });

  // API_Query: 1 MB a page
  test('all marked endpoints are listed, even if their health exceeds 1 MB in total', async () => {
    const { health } = given();
    const outbox = Array.from({ length: 2_000 }, (_, at) => ({ type: 'circuit_closed', at: START + at }) as const);
    const ids = Array.from({ length: 20 }, () => newId('ep', START, random));
    for (const id of ids) {
      await health.put({ ...freshHealth(id), holding: { id: 'hold_1', emptySince: null }, outbox, revision: 1 }, 0);
    }
    expect((await allMarked(health)).map((one) => one.health.endpointId).sort()).toEqual(ids.sort());
  });

  // DDBG/read-write-operations.html: a write unit for each KB begun
  test('a delivery that succeeded at once fits in one write unit, with the longest usual names', async () => {
    const { client, deliveries, tables } = given();
    const eventId = newId('evt', START, random);
    const endpointId = newId('ep', START, random);
    const payload = { key: `acme-production/${eventId}/${'f'.repeat(64)}`, offset: 0, length: 12_345 };
    const names = { tenant: 'acme-production', eventType: 'order.item.created' };
    const position = { cycle: 1, step: 1 };
    const record = advanced(undefined, {
      message: aMessage({ eventId, endpointId, ...names, payload }),
      position,
      next: position,
      status: 'delivered',
      attemptCount: 1,
      nowMs: START,
      attempt: anAttempt({ responseExcerpt: 'x'.repeat(256) }),
    });
    await deliveries.put({ ...(record ?? expect.fail('not advanced')), revision: 1 }, null);
    const Key = keyAttributes(deliveryKey({ eventId, endpointId }));
    const { Item = {} } = await client.send(new GetItemCommand({ TableName: tables.ledger, Key }));
    const bytes = Object.entries(Item).reduce(
      (sum, [name, value]) => sum + name.length + Buffer.byteLength(value.S ?? value.N ?? ''),
      0,
    );
    expect(bytes).toBeGreaterThan(500);
    expect(bytes).toBeLessThanOrEqual(1024);
  });
}
