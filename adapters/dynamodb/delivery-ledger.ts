import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock, Wait } from '../../core/clock.ts';
import { type DeliveryKey, type DeliveryLedger, keyText, type Loaded } from '../../core/deliveries/ledger.ts';
import type { DeliveryRecord } from '../../core/deliveries/record.ts';
import { freshHealth } from '../../core/endpoints/health.ts';
import { batchGet, conditionally, text } from './client.ts';
import { deliveryItem, readDeliveryItem, type Shards } from './delivery-item.ts';
import { livingEndpoint } from './endpoint-item.ts';
import { isUnexpired } from './event-item.ts';
import { readHealthItem } from './health-item.ts';
import { deliveryKey, endpointKey, healthKey } from './keys.ts';

export interface DeliveryLedgerOptions {
  client: DynamoDBClient;
  ledgerTable: string;
  registryTable: string;
  shards: Shards;
  clock: Clock;
  wait: Wait;
}

/** The ledger's deliveries in DynamoDB, read together with the registry's endpoints. */
export function createDeliveryLedger(options: DeliveryLedgerOptions): DeliveryLedger {
  const { client, ledgerTable, registryTable, shards, clock, wait } = options;

  async function load(deliveries: DeliveryKey[], endpointIds: string[]): Promise<Loaded> {
    const unique = new Map(deliveries.map((key) => [keyText(key), key]));
    const wanted = [
      ...[...unique.values()].map((key) => ({ table: ledgerTable, ...deliveryKey(key.eventId, key.endpointId) })),
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
    put(record, expected) {
      const put = new PutItemCommand({
        TableName: ledgerTable,
        Item: deliveryItem(record, shards),
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
  };
}
