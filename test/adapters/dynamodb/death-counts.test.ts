import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDeathCounts } from '../../../adapters/dynamodb/death-counts.ts';
import { createDeliveryLedger } from '../../../adapters/dynamodb/deliveries.ts';
import { HOUR_MS } from '../../../core/durations.ts';

const aws = mockClient(DynamoDBClient);
const client = new DynamoDBClient({ region: 'us-east-1' });
beforeEach(() => aws.reset());

const DAY = Date.parse('2026-11-22T00:00:00.000Z');
const inTime = () => true;
const counts = (shards = 1) => createDeathCounts({ client, table: 't', shards });
const updates = () => aws.commandCalls(UpdateItemCommand).map(({ args }) => args[0].input);

/** Each partition of the index has a death in each of the first two hours. */
function givenDeathsInTwoHours(): void {
  aws.on(QueryCommand).callsFake(({ ExpressionAttributeValues: { ':from': from } }) => ({
    Count: from.S < 'dead#2026-11-22T02' ? 1 : 0,
  }));
}

describe('a recount', () => {
  it('writes only the hours whose count is wrong, on condition of the count that it saw', async () => {
    givenDeathsInTwoHours();
    aws.on(GetItemCommand).resolves({ Item: { h0: { N: '2' }, h1: { N: '5' } } });
    await counts().recount(DAY, DAY + 3 * HOUR_MS, inTime);
    expect(updates()).toMatchObject([
      {
        UpdateExpression: 'SET expires_at = :expiry, h1 = :deaths',
        ConditionExpression: 'h1 = :counted',
        ExpressionAttributeValues: { ':deaths': { N: '2' }, ':counted': { N: '5' } },
      },
    ]);
  });

  it('leaves a count that changed meanwhile, and goes on', async () => {
    givenDeathsInTwoHours();
    aws.on(GetItemCommand).resolves({});
    aws
      .on(UpdateItemCommand)
      .rejectsOnce(new ConditionalCheckFailedException({ message: '', $metadata: {} }))
      .resolves({});
    await counts().recount(DAY, DAY + 3 * HOUR_MS, inTime);
    expect(updates().map(({ ConditionExpression }) => ConditionExpression)).toEqual([
      'attribute_not_exists(h0)',
      'attribute_not_exists(h1)',
    ]);
  });

  it('counts an hour over all pages, and writes nothing of an hour that it has no time to finish', async () => {
    aws.on(GetItemCommand).resolves({});
    aws.on(QueryCommand).callsFake(({ ExclusiveStartKey }) => ({
      Count: 1,
      ...(ExclusiveStartKey === undefined && { LastEvaluatedKey: { pk: { S: 'page 2' } } }),
    }));
    await counts().recount(DAY, DAY + HOUR_MS, inTime);
    expect(updates()[0]?.ExpressionAttributeValues?.[':deaths']).toEqual({ N: '4' });

    aws.resetHistory();
    let pages = 0;
    await counts().recount(DAY, DAY + 2 * HOUR_MS, () => ++pages < 10);
    expect(updates()).toHaveLength(1);
    expect(aws.commandCalls(QueryCommand)).toHaveLength(10);
  });

  it('takes one query of each partition for a day on which nothing died', async () => {
    aws.on(GetItemCommand).resolves({ Item: { h0: { N: '0' } } });
    aws.on(QueryCommand).resolves({ Count: 0 });
    await counts().recount(DAY, DAY + 24 * HOUR_MS, inTime);
    expect(aws.commandCalls(QueryCommand)).toHaveLength(2);
    expect(updates()).toEqual([]);
  });
});

describe('a death', () => {
  const ledger = (uncounted: (fault: unknown) => void) =>
    createDeliveryLedger({
      ...{ client, ledgerTable: 't', registryTable: 'r', shards: { list: 1, waiting: 1 } },
      ...{ clock: () => DAY, wait: async () => undefined, uncounted },
    });
  const change = { eventId: 'evt_1', endpointId: 'ep_1', hour: DAY + 9 * HOUR_MS, by: 1 } as const;

  it('is one update of one small item, which expires when SQS has no dead letter of that day', async () => {
    await ledger(() => undefined).countDeaths([change]);
    expect(updates()).toEqual([
      {
        TableName: 't',
        Key: { pk: { S: 'DEATHS#0' }, sk: { S: '2026-11-22T00:00:00.000Z' } },
        UpdateExpression: 'SET expires_at = :expiry ADD h9 :by',
        ExpressionAttributeValues: { ':expiry': { N: String(DAY / 1000 + 16 * 86_400) }, ':by': { N: '1' } },
      },
    ]);
  });

  it('that cannot be counted is reported, and does not fail the delivery whose record is written', async () => {
    const fault = new Error('throttled');
    aws.on(UpdateItemCommand).rejects(fault);
    const faults: unknown[] = [];
    await ledger((one) => faults.push(one)).countDeaths([change]);
    expect(faults).toEqual([fault]);
  });
});
