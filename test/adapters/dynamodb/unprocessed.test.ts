import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  BatchWriteItemCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { batchGet } from '../../../adapters/dynamodb/client.ts';
import { createEventLedger } from '../../../adapters/dynamodb/events.ts';
import type { EventRecord } from '../../../core/events/event.ts';
import { DAY, START } from '../../support/delivery-world.ts';

const aws = mockClient(DynamoDBClient);
const client = new DynamoDBClient({ region: 'us-east-1' });
const wait = async () => undefined;
beforeEach(() => aws.reset());

const wanted = ['a', 'b'].map((pk) => ({ table: 't', pk, sk: '-' }));
const item = (pk: string) => ({ pk: { S: pk }, sk: { S: '-' } });

function anEvent(id: string): EventRecord {
  return {
    id,
    tenant: 'acme',
    type: 'a',
    timestamp: '',
    acceptedAt: START,
    sizeBytes: 2,
    payload: { key: 'k', offset: 0, length: 2 },
    requestHash: 'h',
    nonce: 'n',
    traceId: '1',
    expiresAt: START + DAY,
    fanout: {},
  };
}

// DynamoDB API Reference: BatchGetItem (UnprocessedKeys), BatchWriteItem (UnprocessedItems)
describe('what DynamoDB leaves unprocessed in a successful response', () => {
  it('is read in another round, strongly consistent like the first', async () => {
    aws
      .on(BatchGetItemCommand)
      .resolvesOnce({ Responses: { t: [item('a')] }, UnprocessedKeys: { t: { Keys: [item('b')] } } })
      .resolves({ Responses: { t: [item('b')] } });
    expect((await batchGet(client, wanted, wait)).map((found) => found.item.pk?.S)).toEqual(['a', 'b']);
    const second = aws.commandCalls(BatchGetItemCommand)[1]?.args[0].input.RequestItems?.t;
    expect(second).toEqual({ Keys: [item('b')], ConsistentRead: true });
  });

  it('is requested again as long as each response makes progress, however often', async () => {
    const names = Array.from({ length: 12 }, (_, at) => `k${String(at).padStart(2, '0')}`);
    aws.on(BatchGetItemCommand).callsFake(({ RequestItems }: BatchGetItemCommandInput) => {
      const [first, ...rest] = RequestItems?.t?.Keys ?? [];
      return { Responses: { t: [first] }, UnprocessedKeys: rest.length === 0 ? {} : { t: { Keys: rest } } };
    });
    const keys = names.map((pk) => ({ table: 't', pk, sk: '-' }));
    expect((await batchGet(client, keys, wait)).map((found) => found.item.pk?.S)).toEqual(names);
  });

  it('is never treated as absent: if it stays unread, the call fails', async () => {
    aws.on(BatchGetItemCommand).resolves({ UnprocessedKeys: { t: { Keys: [item('a')] } } });
    await expect(batchGet(client, wanted, wait)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('is written in another round, and the call fails if it stays unwritten', async () => {
    const ledger = createEventLedger({ client, table: 't', clock: () => START, wait });
    const left = { UnprocessedItems: { t: [{ PutRequest: { Item: item('EVENT#evt_2') } }] } };
    aws.on(BatchWriteItemCommand).resolvesOnce(left).resolves({});
    await ledger.createFresh([anEvent('evt_1'), anEvent('evt_2')]);
    const rounds = aws.commandCalls(BatchWriteItemCommand).map(({ args }) => args[0].input.RequestItems?.t?.length);
    expect(rounds).toEqual([2, 1]);

    aws.on(BatchWriteItemCommand).resolves(left);
    await expect(ledger.createFresh([anEvent('evt_1')])).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
