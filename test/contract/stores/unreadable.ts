import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { loadReadable } from '../../../core/deliveries/ledger.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { Faults } from '../../../core/faults.ts';
import { UnreadableItem } from '../../../core/unreadable-item.ts';
import { anEndpoint } from '../../support/delivery-world.ts';
import { allMarked } from '../../support/task-run.ts';
import type { DynamoDbWorld } from './dynamodb-world.ts';
import { aRecord } from './samples.ts';

/** What an item that this version cannot read does to the others: nothing. */
export function unreadableRules(given: () => DynamoDbWorld): void {
  /** As a newer version may leave it. */
  async function damage(table: string, pk: string, sk: string): Promise<void> {
    await given().client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: pk }, sk: { S: sk } },
        UpdateExpression: 'SET doc = :doc',
        ExpressionAttributeValues: { ':doc': { S: '{"later":true}' } },
      }),
    );
  }

  test('a delivery that cannot be read is left out and noted; the others of its page are read', async () => {
    const { deliveries, tables } = given();
    const [one, other] = [aRecord({ endpointId: 'ep_1' }), aRecord({ endpointId: 'ep_1' })];
    for (const record of [one, other]) await deliveries.put(record, null);
    await damage(tables.ledger, `EVENT#${one.eventId}`, 'DELIVERY#ep_1');

    const faults = new Faults();
    expect(await loadReadable(deliveries, [one, other], faults)).toEqual([other]);
    expect(faults.count).toBe(1);
    await expect(deliveries.find(one)).rejects.toThrow(UnreadableItem);
  });

  test('an endpoint or health that cannot be read is left out and noted; other marked endpoints are listed', async () => {
    const { endpoints, health, tables } = given();
    for (const id of ['ep_1', 'ep_2', 'ep_3']) {
      await endpoints.put(anEndpoint({ id }), null, null);
      await health.put({ ...freshHealth(id), holding: { id: 'hold_1', emptySince: null }, revision: 1 }, 0);
    }
    await damage(tables.registry, 'ENDPOINT#ep_1', '-');
    await damage(tables.registry, 'ENDPOINT#ep_2', 'HEALTH');

    const faults = new Faults();
    expect((await allMarked(health, faults)).map(({ endpoint }) => endpoint?.id)).toEqual(['ep_3']);
    expect(faults.count).toBe(2);
  });
}
