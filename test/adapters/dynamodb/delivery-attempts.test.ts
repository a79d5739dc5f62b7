import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { createDeliveryLedger } from '../../../adapters/dynamodb/deliveries.ts';
import { itemBytes } from '../../../bench/aws/item-size.ts';
import { startOf } from '../../../core/deliveries/advance.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { EXCERPT_BYTES_FAILURE } from '../../../core/deliveries/sender.ts';
import { aMessage, START } from '../../support/delivery-world.ts';

const client = new DynamoDBClient({ region: 'us-east-1' });
const aws = mockClient(client);
beforeEach(() => {
  aws.reset();
  aws.on(PutItemCommand).resolves({});
});

const ledger = createDeliveryLedger({
  ...{ client, ledgerTable: 'ledger', registryTable: 'registry', shards: { list: 1, waiting: 1 }, clock: () => START },
  wait: async () => undefined,
  uncounted: (fault) => expect.fail(String(fault)),
});

const attempt = (number: number, responseExcerpt: string) => ({
  ...{ number, cycle: 1, at: START + number, durationMs: 9, statusCode: 503, errorCode: 'http_status' as const },
  responseExcerpt,
});
const LONG = 'x'.repeat(EXCERPT_BYTES_FAILURE);
const aRecord = (changes: Partial<DeliveryRecord> = {}): DeliveryRecord => ({
  ...startOf(aMessage(), START),
  revision: 1,
  ...changes,
});

/** The kinds of items that were written, in order. */
const written = () => aws.commandCalls(PutItemCommand).map(({ args }) => args[0].input.Item?.sk?.S ?? '');
const kinds = () => written().map((sk) => sk.split('#')[0]);

it('a long answer is written before the record that has it no more', async () => {
  expect(await ledger.put(aRecord({ attempts: [attempt(1, LONG)] }), null)).toBe(true);
  expect(kinds()).toEqual(['ATTEMPTS', 'DELIVERY']);
  const [, record] = aws.commandCalls(PutItemCommand).map(({ args }) => args[0].input.Item);
  expect(JSON.stringify(record)).not.toContain(LONG);
});

it('short answers stay in the record until it would take another write unit with the claim of the next attempt', async () => {
  const claim = { messageId: 'm'.repeat(36), cycle: 1, step: 10, until: START + 60_000, token: 't'.repeat(8) };
  const bytes: number[] = [];
  for (let count = 1; count <= 20; count++) {
    aws.resetHistory();
    const attempts = Array.from({ length: count }, (_, at) => attempt(at + 1, 'busy'));
    await ledger.put(aRecord({ attempts }), null);
    if (kinds().length > 1) break;
    await ledger.put(aRecord({ attempts, claim }), null);
    expect(kinds()).toEqual(['DELIVERY', 'DELIVERY']);
    bytes.push(itemBytes(aws.commandCalls(PutItemCommand)[1]?.args[0].input.Item ?? {}));
  }
  expect(kinds()).toEqual(['ATTEMPTS', 'DELIVERY']);
  expect(Math.max(...bytes)).toBeLessThanOrEqual(1024);
  expect(Math.max(...bytes)).toBeGreaterThan(900);
});

it('a delivery that succeeds is one write, however long its answer', async () => {
  await ledger.put(aRecord({ status: 'delivered', attempts: [attempt(1, LONG)] }), null);
  expect(kinds()).toEqual(['DELIVERY']);
});

it('a record that takes more units without its attempts too keeps them as long as they add none', async () => {
  const lastError = 'x'.repeat(700);
  await ledger.put(aRecord({ lastError, attempts: [attempt(1, 'busy')] }), null);
  expect(kinds()).toEqual(['DELIVERY']);
});

it('a record is not written if its attempts could not be', async () => {
  aws.on(PutItemCommand).rejects(new Error('throttled'));
  await expect(ledger.put(aRecord({ attempts: [attempt(1, LONG)] }), null)).rejects.toThrow('throttled');
  expect(kinds()).toEqual(['ATTEMPTS']);
});

it('attempts whose record could not be written are the same item when it is tried again', async () => {
  const record = aRecord({ attempts: [attempt(1, LONG)] });
  aws.on(PutItemCommand).resolvesOnce({}).rejectsOnce(new Error('no answer')).resolves({});
  await expect(ledger.put(record, null)).rejects.toThrow('no answer');
  expect(await ledger.put({ ...record, status: 'waiting', waitingFor: 'backoff' }, null)).toBe(true);
  expect(kinds()).toEqual(['ATTEMPTS', 'DELIVERY', 'ATTEMPTS', 'DELIVERY']);
  expect(written()[0]).toBe(written()[2]);
});

it('two histories that end with the same attempt never replace each other', async () => {
  await ledger.put(aRecord({ attempts: [attempt(1, LONG), attempt(2, LONG)] }), null);
  await ledger.put(aRecord({ attempts: [attempt(2, LONG)] }), null);
  expect(written()[0]).not.toBe(written()[2]);
});
