import type { ServiceInputTypes } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { START } from '../../support/delivery-world.ts';
import { createDynamoDbWorld, type DynamoDbWorld } from './dynamodb-world.ts';
import { anEvent, aRecord } from './samples.ts';
import { recordingClient } from './watched-client.ts';
import type { StoreWorld } from './world.ts';

const OPEN = { from: null, to: null };

const reads: [string, (world: StoreWorld) => Promise<unknown>][] = [
  ['find of a delivery', ({ deliveries }) => deliveries.find(aRecord())],
  ['load of deliveries and endpoints', ({ deliveries }) => deliveries.load([aRecord()], ['ep_1'])],
  ["list of an event's deliveries", ({ lists }) => lists.ofEvent({ id: 'evt_1' }, null, 10)],
  ['find of events', ({ events }) => events.find(['evt_1'])],
  ['read of how far events were searched', ({ unfinished }) => unfinished.searchedTo(0, 'fan-outs')],
  ['find of an endpoint', ({ endpoints }) => endpoints.find('ep_1')],
  ['find of an event type', ({ eventTypes }) => eventTypes.find('a')],
  ['read of event types', ({ eventTypes }) => eventTypes.read(['a'])],
  ['find of a job', ({ jobs }) => jobs.find('job_1')],
  ['find of health', ({ health }) => health.find('ep_1')],
  ["read of a tenant's subscriptions", ({ subscriptions }) => subscriptions.all('acme')],
  ["read of a pattern's subscriptions", ({ subscriptions }) => subscriptions.page('acme', 'a', null, 10)],
  ['find of a key by its hash', ({ keys }) => keys.findByHash('hash')],
  ['read of the audit of an object', ({ audit }) => audit.ofObject('ep_1', OPEN, null, 10)],
  ['read of the data key', ({ dataKeys }) => dataKeys.current()],
];

/** API_GetItem, API_BatchGetItem, API_Query: reads are eventually consistent unless they say otherwise. */
export function consistentReadRules(given: () => DynamoDbWorld): void {
  const isConsistent = (input: ServiceInputTypes): boolean => {
    if ('RequestItems' in input) {
      return Object.values(input.RequestItems ?? {}).every(
        (of) => 'ConsistentRead' in of && of.ConsistentRead === true,
      );
    }
    return 'ConsistentRead' in input && input.ConsistentRead === true;
  };

  test.each(reads)('the %s is strongly consistent', async (_, read) => {
    const { client, asked } = recordingClient(given().port);
    const world = await createDynamoDbWorld({ client, port: given().port });
    asked.length = 0;
    await read(world);
    expect(asked.map(isConsistent)).toEqual([true]);
    client.destroy();
  });

  // API_BatchGetItem: an eventually consistent read costs half a unit
  test('the search for unfinished events reads each event once, eventually consistently', async () => {
    const { client, asked } = recordingClient(given().port);
    const world = await createDynamoDbWorld({ client, port: given().port });
    const event = anEvent();
    await world.events.create(event);
    asked.length = 0;
    for (let shard = 0; shard < world.listShards; shard++)
      await world.unfinished.search(shard, 'fan-outs', null, START + 1, 100);
    const tableReads = asked.filter((input) => !('IndexName' in input));
    expect(tableReads.map(isConsistent)).toEqual([false]);
    client.destroy();
  });

  test('items found through an index are read from the table, strongly consistent', async () => {
    const { client, asked } = recordingClient(given().port);
    const world = await createDynamoDbWorld({ client, port: given().port });
    const event = anEvent();
    const record = aRecord({ status: 'waiting', waitingFor: 'paused' });
    await world.events.create(event);
    await world.deliveries.put(record, null);
    asked.length = 0;
    await world.lists.walk('acme', OPEN, null, 10);
    await world.lists.ofEndpoint(record.endpointId, OPEN, null, 10);
    const tableReads = asked.filter((input) => !('IndexName' in input));
    expect(tableReads.map(isConsistent)).toEqual([true, true]);
    client.destroy();
  });
}
