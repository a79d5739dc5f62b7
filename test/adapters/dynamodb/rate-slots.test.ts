import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createRateSlots } from '../../../adapters/dynamodb/rate-slots.ts';
import { START } from '../../support/delivery-world.ts';

const aws = mockClient(DynamoDBClient);
const client = new DynamoDBClient({ region: 'us-east-1' });
beforeEach(() => aws.reset());

type Marks = { tat?: number; lineLimit?: number; gate?: number };
const itemOf = (marks: Marks) =>
  Object.fromEntries(Object.entries(marks).map(([name, value]) => [name, { N: String(value) }]));
const updated = (marks: Marks) => ({ Attributes: itemOf(marks) });
/** AWS's response; other engines omit the item. */
const refused = (marks?: Marks) =>
  new ConditionalCheckFailedException({ message: '', $metadata: {}, ...(marks && { Item: itemOf(marks) }) });
const calls = () => aws.calls().map(({ args }) => args[0].constructor.name.replace('Command', ''));
const wanted = { count: 2, perSecond: 4, nowMs: START, latestMs: START + 1_000 };

describe('the cost of a rate limit', () => {
  it('is one update if nobody else has moved the marks, whether they are past or ahead', async () => {
    aws
      .on(UpdateItemCommand)
      .resolvesOnce(updated({ gate: START + 500 }))
      .resolvesOnce(updated({ gate: START + 1_000 }));
    const slots = createRateSlots({ client, table: 't' });
    expect(await slots.take('ep_1', 'gate', wanted)).toEqual({ begin: START, count: 2 });
    expect(await slots.take('ep_1', 'gate', wanted)).toEqual({ begin: START + 500, count: 2 });
    expect(calls()).toEqual(['UpdateItem', 'UpdateItem']);
  });

  it('is nothing if this container knows that no slot is free', async () => {
    aws.on(UpdateItemCommand).resolvesOnce(updated({ gate: START + 1_250, tat: START + 5_000 }));
    const slots = createRateSlots({ client, table: 't' });
    await slots.take('ep_1', 'gate', wanted);
    expect(await slots.take('ep_1', 'gate', wanted)).toMatchObject({ count: 0 });
    const later = { ...wanted, nowMs: START + 4_000, latestMs: START + 5_000, unlessLine: true };
    expect(await slots.take('ep_1', 'gate', later)).toMatchObject({ count: 0 });
    expect(calls()).toEqual(['UpdateItem']);
  });

  it('includes an update again after five seconds: under a raised limit the line may have restarted', async () => {
    aws
      .on(UpdateItemCommand)
      .resolvesOnce(updated({ tat: START + 900_000, lineLimit: 4 }))
      .resolvesOnce(updated({ tat: START + 900_000, lineLimit: 4, gate: START + 6_500 }));
    const slots = createRateSlots({ client, table: 't' });
    await slots.take('ep_1', 'line', wanted);
    const at = (ms: number) => ({ ...wanted, nowMs: START + ms, latestMs: START + ms + 1_000, unlessLine: true });
    expect(await slots.take('ep_1', 'gate', at(4_999))).toMatchObject({ count: 0 });
    expect(calls()).toEqual(['UpdateItem']);
    expect(await slots.take('ep_1', 'gate', at(6_000))).toEqual({ begin: START + 6_000, count: 2 });
  });

  it('is one more update if others have moved the marks: the refusal contains them', async () => {
    aws
      .on(UpdateItemCommand)
      .rejectsOnce(refused({ gate: START + 750 }))
      .resolvesOnce(updated({ gate: START + 1_250 }));
    const slots = createRateSlots({ client, table: 't' });
    expect(await slots.take('ep_1', 'gate', wanted)).toEqual({ begin: START + 750, count: 2 });
    expect(calls()).toEqual(['UpdateItem', 'UpdateItem']);
  });

  it('is also a read if the refusal does not contain them', async () => {
    aws
      .on(UpdateItemCommand)
      .rejectsOnce(refused())
      .resolvesOnce(updated({ gate: START + 1_250 }));
    aws.on(GetItemCommand).resolves({ Item: itemOf({ gate: START + 750 }) });
    const slots = createRateSlots({ client, table: 't' });
    expect(await slots.take('ep_1', 'gate', wanted)).toEqual({ begin: START + 750, count: 2 });
    expect(calls()).toEqual(['UpdateItem', 'GetItem', 'UpdateItem']);
    expect(aws.commandCalls(GetItemCommand)[0]?.args[0].input.ConsistentRead).toBe(true);
  });

  it('is limited to three updates if others are always faster', async () => {
    aws.on(UpdateItemCommand).rejects(refused({ gate: START + 100 }));
    const slots = createRateSlots({ client, table: 't' });
    expect(await slots.take('ep_1', 'gate', wanted)).toMatchObject({ count: 0 });
    expect(calls()).toHaveLength(3);
  });
});

describe('an item from before there was a gate', () => {
  it('lets messages through from now on, and keeps its line', async () => {
    aws
      .on(UpdateItemCommand)
      .rejectsOnce(refused({ tat: START + 60_000 }))
      .resolvesOnce(updated({ tat: START + 60_000, gate: START + 500 }));
    const slots = createRateSlots({ client, table: 't' });
    expect(await slots.take('ep_1', 'gate', { ...wanted, unlessLine: true })).toMatchObject({ count: 0 });
    expect(await slots.take('ep_1', 'gate', wanted)).toEqual({ begin: START, count: 2 });
  });

  it('has a line without a limit, which applies to all and takes the limit of the next to line up', async () => {
    aws
      .on(UpdateItemCommand)
      .rejectsOnce(refused({ tat: START + 60_000 }))
      .resolvesOnce(updated({ tat: START + 60_500, lineLimit: 4 }))
      .resolvesOnce(updated({ tat: START + 60_500, lineLimit: 4, gate: START + 20 }));
    const slots = createRateSlots({ client, table: 't' });
    const fresh = { ...wanted, unlessLine: true };
    expect(await slots.take('ep_1', 'gate', { ...fresh, perSecond: 100 })).toMatchObject({ count: 0 });
    expect(await slots.take('ep_1', 'line', { ...wanted, latestMs: START + 900_000 })).toMatchObject({ count: 2 });
    expect(await slots.take('ep_1', 'gate', { ...fresh, perSecond: 100 })).toEqual({ begin: START, count: 2 });
  });
});

it('any other error of DynamoDB is thrown', async () => {
  aws.on(UpdateItemCommand).rejects(new Error('throttled'));
  const slots = createRateSlots({ client, table: 't' });
  await expect(slots.take('ep_1', 'gate', wanted)).rejects.toThrow('throttled');
});
