import { describe, expect, it } from 'vitest';
import { Partitions } from './partitions.ts';

const itemOf = (pk: string, { list = '', doc = '' } = {}) => ({
  pk: { S: pk },
  ...(list !== '' && { list_pk: { S: list }, list_sk: { S: pk } }),
  doc: { S: doc },
});

/** Partitions that take 2 units a second, and a clock. */
function twoUnitsASecond() {
  const time = { now: 0 };
  return { time, partitions: new Partitions({ now: () => time.now, unitsPerSecond: 2, burst: 6 }) };
}

describe('the partitions of a table', () => {
  it('take a burst, then throttle, and take more as time passes', () => {
    const { time, partitions } = twoUnitsASecond();
    for (let unit = 0; unit < 6; unit++) expect(partitions.write(itemOf('a'), undefined)).toBeUndefined();
    expect(partitions.write(itemOf('a'), undefined)).toBe('a');
    time.now += 500;
    expect(partitions.write(itemOf('a'), undefined)).toBeUndefined();
    expect(partitions.write(itemOf('a'), undefined)).toBe('a');
  });

  it('do not share their units', () => {
    const { partitions } = twoUnitsASecond();
    for (let unit = 0; unit < 6; unit++) partitions.write(itemOf('a'), undefined);
    expect(partitions.write(itemOf('b'), undefined)).toBeUndefined();
  });

  it('give a unit for each KB of an item', () => {
    const { partitions } = twoUnitsASecond();
    expect(partitions.write(itemOf('a', { doc: 'x'.repeat(5_500) }), undefined)).toBeUndefined();
    expect(partitions.write(itemOf('a'), undefined)).toBe('a');
  });
});

describe('an index whose partition is used up', () => {
  it('throttles the write to the table, which then takes no units anywhere', () => {
    const { time, partitions } = twoUnitsASecond();
    for (let unit = 0; unit < 6; unit++) partitions.write(itemOf(`other ${unit}`, { list: 'all' }), undefined);
    for (let tries = 0; tries < 10; tries++) {
      expect(partitions.write(itemOf('a', { list: 'all' }), undefined)).toBe('list_pk all');
    }
    time.now += 500;
    expect(partitions.write(itemOf('a', { list: 'all' }), undefined)).toBeUndefined();
  });

  it('does not throttle a write that leaves the entry as it is', () => {
    const { partitions } = twoUnitsASecond();
    for (let unit = 0; unit < 6; unit++) partitions.write(itemOf(`other ${unit}`, { list: 'all' }), undefined);
    const item = itemOf('a', { list: 'all' });
    expect(partitions.write(item, item)).toBeUndefined();
    expect(partitions.write(itemOf('a'), item)).toBe('list_pk all');
  });
});
