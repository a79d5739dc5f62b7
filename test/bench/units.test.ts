import { describe, expect, it } from 'vitest';
import { itemBytes, readUnits, writeUnits } from '../../bench/aws/item-size.ts';
import { Table } from '../../bench/aws/table.ts';
import { applyUpdate } from '../../bench/aws/update.ts';

const key = { pk: { S: 'EVENT#1' }, sk: { S: 'EVENT' } };

describe('the size of an item', () => {
  it('is the bytes of its names and values', () => {
    expect(itemBytes({ ab: { S: 'é' } })).toBe(4);
    expect(itemBytes({ a: { N: '12345' }, b: { N: '-100' } })).toBe(1 + 4 + 1 + 3);
    expect(itemBytes({ m: { M: { k: { S: 'xy' } } } })).toBe(1 + 3 + 1 + 3);
  });

  it('is rounded up to 1 KB for a write and to 4 KB for a read, which costs half if eventually consistent', () => {
    expect([1, 1024, 1025].map(writeUnits)).toEqual([1, 1, 2]);
    expect([0, 4096, 4097].map((bytes) => readUnits(bytes, true))).toEqual([1, 1, 2]);
    expect(readUnits(4097, false)).toBe(1);
  });
});

describe('a write', () => {
  const indexed = { list_pk: { S: 'LIST' }, list_sk: { S: '2026' } };
  const table = () =>
    new Table({
      name: 'ledger',
      readsBack: true,
      indexes: [{ name: 'listing', keys: ['list_pk', 'list_sk'], projection: 'KEYS_ONLY' }],
    });

  it('costs one more unit for each index that the item enters', () => {
    expect(table().put(key)).toBe(1);
    expect(table().put({ ...key, ...indexed })).toBe(2);
  });

  it('costs nothing in an index whose entry does not change, and two if it moves', () => {
    const ledger = table();
    ledger.put({ ...key, ...indexed });
    expect(ledger.put({ ...key, ...indexed, doc: { S: 'changed' } })).toBe(1);
    expect(ledger.put({ ...key, ...indexed, list_sk: { S: '2027' } })).toBe(3);
  });

  it('costs by the larger of the item before and after', () => {
    const ledger = table();
    ledger.put({ ...key, doc: { S: 'x'.repeat(3000) } });
    expect(ledger.put(key)).toBe(3);
  });
});

describe('an update', () => {
  it('sets and removes what it names', () => {
    const item = { ...key, fanout: { M: { '0': { S: 'a' } } }, gone: { S: 'x' } };
    const updated = applyUpdate(item, {
      TableName: 'ledger',
      Key: key,
      UpdateExpression: 'SET fanout.#page = :note, payload = :payload REMOVE gone',
      ExpressionAttributeNames: { '#page': '1' },
      ExpressionAttributeValues: { ':note': { S: 'b' }, ':payload': { S: 'p' } },
    });
    expect(updated).toEqual({
      ...key,
      fanout: { M: { '0': { S: 'a' }, '1': { S: 'b' } } },
      payload: { S: 'p' },
    });
  });

  it('adds numbers, beginning at zero', () => {
    const updated = applyUpdate(
      { ...key, b40: { N: '2' } },
      {
        TableName: 'ledger',
        Key: key,
        UpdateExpression: 'SET expires_at = :expiry ADD delivered :3,b40 :3',
        ExpressionAttributeValues: { ':expiry': { N: '7' }, ':3': { N: '3' } },
      },
    );
    expect(updated).toEqual({ ...key, expires_at: { N: '7' }, delivered: { N: '3' }, b40: { N: '5' } });
  });

  it('is refused if its size would be a guess', () => {
    const update = { TableName: 'ledger', Key: key, UpdateExpression: 'ADD hits :one' };
    expect(() => applyUpdate(key, update)).toThrow('not known to the stub');
  });
});
