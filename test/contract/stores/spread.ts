import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { newId } from '../../../core/ids.ts';
import { keyHash, mintKey } from '../../../core/keys/key.ts';
import { anEndpoint, START } from '../../support/delivery-world.ts';
import { PLAIN } from '../../support/event-types.ts';
import type { DynamoDbWorld } from './dynamodb-world.ts';
import { anEntry, aRecord, random } from './samples.ts';

const aDeadLetter = { messageId: 'm', copy: 'c', firstReceivedAt: START, sentAt: START };
const DELIVERIES = 100;
const CHANGES = 160;
const LISTS: Readonly<Record<string, string[]>> = {
  tenant_pk: ['AUDITS#acme', 'ENDPOINTS#acme', 'KEYS#acme'],
  kind_pk: ['AUDIT', 'ENDPOINT', 'EVENTTYPE', 'KEY'],
  audit_pk: ['UNSETTLED'],
};

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

  test('changes of a tenant are spread over the partitions of every list that they are in', async () => {
    const { endpoints, keys, eventTypes, audit } = given();
    const at = Array.from({ length: CHANGES }, (_, count) => START + count);
    const changes = {
      endpoints: async (time: number) => {
        const id = newId('ep', time, random);
        await endpoints.put(anEndpoint({ id }), null, anEntry({ at: time, object: id }));
      },
      keys: async (time: number) => {
        const wanted = { name: 'n', role: 'admin', tenant: 'acme', expiresAt: null } as const;
        const { key, secret } = mintKey(wanted, time, random);
        await keys.put(key, keyHash(secret), anEntry({ at: time, object: key.id }));
      },
      'event types': async (time: number) => {
        const eventType = { name: `type.${time}`, ...PLAIN, versions: [], createdAt: time, updatedAt: time };
        await eventTypes.put(eventType, undefined, anEntry({ at: time, object: eventType.name }));
      },
      audit: async (time: number) => void (await audit.append(anEntry({ at: time, object: `ep_${time}` }))),
    };
    for (const make of Object.values(changes)) await Promise.all(at.map(make));

    for (const attribute of ['tenant_pk', 'kind_pk', 'audit_pk']) {
      const counts = await partitionsOf('registry', attribute);
      const lists = new Map<string, number[]>();
      for (const [partition, count] of counts) {
        const list = partition.replace(/#\d+$/, '');
        lists.set(list, [...(lists.get(list) ?? []), count]);
      }
      expect([...lists.keys()].sort()).toEqual(LISTS[attribute]);
      for (const [list, found] of lists) {
        const sum = found.reduce((total, count) => total + count, 0);
        expect(Math.max(...found), list).toBeLessThan(sum / 4);
      }
    }
  });

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
