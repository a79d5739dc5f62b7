import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { newId } from '../../../core/ids.ts';
import { START } from '../../support/delivery-world.ts';
import type { DynamoDbWorld } from './dynamodb-world.ts';
import { aRecord, random } from './samples.ts';

const aDeadLetter = { messageId: 'm', copy: 'c', firstReceivedAt: START, sentAt: START };
const DELIVERIES = 50;

/**
 * DDBG/bp-partition-key-design.html: a partition takes 1,000 writes a second, and one of an index that is used up throttles
 * the writes to its table. So whatever may happen to many objects at the same time goes to several partitions.
 */
export function spreadRules(given: () => DynamoDbWorld): void {
  /** How many items each partition of an index has. */
  async function partitionsOf(table: 'registry' | 'ledger', attribute: string): Promise<Map<string, number>> {
    const { client, tables } = given();
    const counts = new Map<string, number>();
    let start: Record<string, AttributeValue> | undefined;
    do {
      const scan = new ScanCommand({ TableName: tables[table], ExclusiveStartKey: start });
      const { Items = [], LastEvaluatedKey } = await client.send(scan);
      for (const partition of Items.flatMap((item) => item[attribute]?.S ?? [])) {
        counts.set(partition, (counts.get(partition) ?? 0) + 1);
      }
      start = LastEvaluatedKey;
    } while (start !== undefined);
    return counts;
  }

  const inEachWay = [
    ['that wait', { status: 'waiting', waitingFor: 'backoff', nextAttemptAt: START }],
    ['that failed', { status: 'dead', deadLetter: aDeadLetter }],
    ['with notices', { status: 'dead', deadLetter: aDeadLetter, outbox: [{ kind: 'dead', cycle: 1, at: START }] }],
  ] satisfies [string, Partial<DeliveryRecord>][];
  test.each(inEachWay.flatMap(([what, changes]) => [false, true].map((wide) => ({ what, changes, wide }))))(
    'the deliveries of one event $what are in all shards evenly, wide: $wide',
    async ({ changes, wide }) => {
      const { deliveries, waitingShards } = given();
      const eventId = newId('evt', START, random);
      const records = Array.from({ length: DELIVERIES }, () =>
        aRecord({ ...changes, eventId, endpointId: newId('ep', START, random), wide }),
      );
      await Promise.all(records.map((record) => deliveries.put(record, null)));
      const counts = await partitionsOf('ledger', 'sparse_pk');
      expect(counts.size).toBe(waitingShards);
      expect(Math.max(...counts.values())).toBeLessThan((DELIVERIES / waitingShards) * 1.5);
    },
  );
}
