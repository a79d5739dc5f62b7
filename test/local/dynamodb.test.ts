import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DynamoDb, openDynamoDb } from '../../local/aws/dynamodb.ts';
import { TurnFile } from '../../local/aws/turn-file.ts';

const table = {
  TableName: 'ledger',
  AttributeDefinitions: ['pk', 'sk', 'list_pk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'listing',
      KeySchema: [
        { AttributeName: 'list_pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
};

let dir: string;
let file: TurnFile;
let dynamodb: DynamoDb;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'postrider-dynamodb-'));
  await open();
});
afterEach(async () => {
  await file.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('the local DynamoDB', () => {
  it('keeps items across a restart, numbers digit for digit', async () => {
    await put('a', '1', { n: { N: '1234567890123456789' } });

    await file.close();
    await open();

    const found = await run('GetItem', { Key: key('a', '1') });
    expect(found).toMatchObject({ Item: { n: { N: '1234567890123456789' } } });
  });

  it('keeps the rows of a file that an earlier version wrote', async () => {
    await put('a', '1', { n: { N: '7' } });
    file.database.exec(`
      CREATE TABLE dynamodb (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
      INSERT INTO dynamodb SELECT key, value FROM rows; DROP TABLE rows;
    `);
    await file.close();

    await open();

    expect(await run('GetItem', { Key: key('a', '1') })).toMatchObject({ Item: { n: { N: '7' } } });
    expect(await dynamodb.handle('ListTables', {})).toEqual({ TableNames: ['ledger'] });
  });

  it('queries a partition in order, over more rows than are read at once', async () => {
    const names = Array.from({ length: 150 }, (_, index) => String(index).padStart(3, '0'));
    for (const name of names) await put('many', name);
    await put('other', '000');

    expect(await sortKeys({ pk: 'many' })).toEqual(names);
    expect(await sortKeys({ pk: 'many', ScanIndexForward: false })).toEqual(names.toReversed());
  });

  it('returns a query page by page', async () => {
    for (const name of ['1', '2', '3']) await put('a', name);

    const first = await run('Query', { ...query('pk', 'a'), Limit: 2 });
    const second = await run('Query', { ...query('pk', 'a'), Limit: 2, ExclusiveStartKey: key('a', '2') });

    expect(first).toMatchObject({ Count: 2, LastEvaluatedKey: key('a', '2') });
    expect(second).toMatchObject({ Count: 1, Items: [key('a', '3')] });
  });

  it('moves an item in an index when its key changes, and removes it when the key is removed', async () => {
    await put('a', '1', { list_pk: { S: 'open' } });
    await update('SET list_pk = :v', { ':v': { S: 'closed' } });
    expect(await sortKeys({ list_pk: 'open' }, 'listing')).toEqual([]);
    expect(await sortKeys({ list_pk: 'closed' }, 'listing')).toEqual(['1']);

    await update('REMOVE list_pk');

    expect(await sortKeys({ list_pk: 'closed' }, 'listing')).toEqual([]);
  });

  it('lets one of many concurrent conditional writers win', async () => {
    const writers = Array.from({ length: 20 }, () =>
      run('PutItem', { Item: key('a', '1'), ConditionExpression: 'attribute_not_exists(pk)' }).then(
        () => 'won',
        (error: unknown) => Object(error).code,
      ),
    );

    const results = await Promise.all(writers);

    expect(results.filter((result) => result === 'won')).toHaveLength(1);
    expect(new Set(results.filter((result) => result !== 'won'))).toEqual(
      new Set(['com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException']),
    );
  });

  it('counts every one of many concurrent additions', async () => {
    await Promise.all(Array.from({ length: 50 }, () => update('ADD c :one', { ':one': { N: '1' } })));

    expect(await run('GetItem', { Key: key('a', '1') })).toMatchObject({ Item: { c: { N: '50' } } });
  });

  it('takes the names and values of an expression from each request', async () => {
    const set = (name: string, value: object) =>
      run('UpdateItem', {
        Key: key('a', '1'),
        UpdateExpression: 'SET #n = :v',
        ConditionExpression: 'attribute_not_exists(#n) OR #n < :v',
        ExpressionAttributeNames: { '#n': name },
        ExpressionAttributeValues: { ':v': value },
      });

    await set('one', { N: '1' });
    await set('two', { N: '5' });
    await set('two', { N: '6' });
    await set('three', { L: [{ S: 'x' }] });

    await expect(set('two', { N: '6' })).rejects.toMatchObject({
      code: expect.stringContaining('ConditionalCheckFailed'),
    });
    expect(await run('GetItem', { Key: key('a', '1') })).toEqual({
      Item: { ...key('a', '1'), one: { N: '1' }, two: { N: '6' }, three: { L: [{ S: 'x' }] } },
    });
  });

  it('checks an expression that it has seen before with the values of each request', async () => {
    await update('ADD c :one', { ':one': { N: '1' } });

    await expect(update('ADD c :one', { ':one': { S: '1' } })).rejects.toThrow(/Incorrect operand type/);
    await expect(update('ADD c :one', { ':one': { N: '1' }, ':two': { N: '2' } })).rejects.toThrow(
      /unused in expressions: keys: {:two}/,
    );
    await expect(update('ADD c :one', { ':other': { N: '1' } })).rejects.toThrow(
      /value used in expression is not defined/,
    );
    expect(await run('GetItem', { Key: key('a', '1') })).toMatchObject({ Item: { c: { N: '1' } } });
  });

  it('reads a range whose bounds change from request to request, and refuses bounds in the wrong order', async () => {
    for (const name of ['1', '2', '3']) await put('a', name);
    const between = (from: string, to: string) =>
      run('Query', {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': { S: 'a' }, ':from': { S: from }, ':to': { S: to } },
      });

    expect(await between('1', '2')).toMatchObject({ Count: 2 });
    expect(await between('2', '9')).toMatchObject({ Items: [key('a', '2'), key('a', '3')] });
    await expect(between('3', '1')).rejects.toThrow(/upper bound to be greater/);
  });

  it('lists its tables, however many items they hold', async () => {
    await put('a', '1');

    expect(await dynamodb.handle('ListTables', {})).toEqual({ TableNames: ['ledger'] });
  });

  it('refuses to start with a table that lacks an index of the template', async () => {
    const [listing] = table.GlobalSecondaryIndexes;
    const more = { ...table, GlobalSecondaryIndexes: [{ ...listing, IndexName: 'sparse' }] };

    await expect(dynamodb.ensureTable(more)).rejects.toThrow(/lacks the index sparse.*POSTRIDER_DATA/);
  });

  it('refuses an unknown operation', async () => {
    await expect(dynamodb.handle('TransactWriteItems', {})).rejects.toMatchObject({ status: 501 });
  });
});

async function open(): Promise<void> {
  file = new TurnFile(join(dir, 'aws.db'));
  dynamodb = openDynamoDb(file, { accountId: '000000000000', region: 'us-east-1' });
  await dynamodb.ensureTable(table);
}

async function run(operation: string, input: object): Promise<object> {
  return Object(await dynamodb.handle(operation, { TableName: 'ledger', ...input }));
}

const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });

async function put(pk: string, sk: string, attributes: object = {}): Promise<void> {
  await run('PutItem', { Item: { ...key(pk, sk), ...attributes } });
}

async function update(UpdateExpression: string, values?: object): Promise<void> {
  await run('UpdateItem', {
    Key: key('a', '1'),
    UpdateExpression,
    ...(values && { ExpressionAttributeValues: values }),
  });
}

function query(attribute: string, value: string) {
  return { KeyConditionExpression: `${attribute} = :v`, ExpressionAttributeValues: { ':v': { S: value } } };
}

async function sortKeys(
  { ScanIndexForward = true, ...partition }: { ScanIndexForward?: boolean; pk?: string; list_pk?: string },
  IndexName?: string,
): Promise<string[]> {
  const [[attribute, value] = ['pk', '']] = Object.entries(partition);
  const answer: { Items?: { sk: { S: string } }[] } = await run('Query', {
    ...query(attribute, value),
    ScanIndexForward,
    ...(IndexName !== undefined && { IndexName }),
  });
  return (answer.Items ?? []).map(({ sk }) => sk.S);
}
