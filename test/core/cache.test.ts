import { describe, expect, it } from 'vitest';
import { BoundedMap, TtlCache } from '../../core/cache.ts';

const bounded = (entriesMax: number) => new BoundedMap<number>({ entriesMax });
const weighted = (weightMax: number) =>
  new BoundedMap<string>({ entriesMax: 100, weightMax, weigh: (value, key) => key.length + value.length });

function held<Value>(map: { get(key: string): Value | undefined }, ...keys: string[]) {
  return keys.filter((key) => map.get(key) !== undefined);
}

describe('a bounded map', () => {
  it('holds as many entries as it may', () => {
    const map = bounded(3);
    for (const key of ['a', 'b', 'c']) map.set(key, 1);
    expect(held(map, 'a', 'b', 'c')).toEqual(['a', 'b', 'c']);
  });

  it('forgets all others for one too many', () => {
    const map = bounded(3);
    for (const key of ['a', 'b', 'c', 'd']) map.set(key, 1);
    expect(held(map, 'a', 'b', 'c', 'd')).toEqual(['d']);
  });

  it('forgets nothing for an entry that it replaces', () => {
    const map = bounded(2);
    for (const key of ['a', 'b', 'a']) map.set(key, 1);
    map.set('b', 2);
    expect([map.get('a'), map.get('b')]).toEqual([1, 2]);
  });

  it('has room again for what was deleted', () => {
    const map = bounded(2);
    map.set('a', 1);
    map.set('b', 1);
    map.delete('a');
    map.delete('never there');
    map.set('c', 1);
    expect(held(map, 'a', 'b', 'c')).toEqual(['b', 'c']);
  });

  it('treats the names of built-in members like all others', () => {
    const map = bounded(5);
    expect(held(map, '__proto__', 'constructor', '')).toEqual([]);
    map.set('__proto__', 1);
    map.set('', 0);
    expect(held(map, '__proto__', '')).toEqual(['__proto__', '']);
  });

  it('holds as much weight as it may, and forgets all others for more', () => {
    const map = weighted(10);
    map.set('a', '1234');
    map.set('b', '1234');
    expect(held(map, 'a', 'b')).toEqual(['a', 'b']);
    map.set('c', '');
    expect(held(map, 'a', 'b', 'c')).toEqual(['c']);
  });

  it('weighs a replaced or deleted entry no longer', () => {
    const map = weighted(10);
    map.set('a', '1234');
    for (let count = 0; count < 10; count++) map.set('b', '123');
    expect(held(map, 'a', 'b')).toEqual(['a', 'b']);
    map.delete('a');
    map.set('c', '12345');
    expect(held(map, 'b', 'c')).toEqual(['b', 'c']);
  });

  it('weighs nothing that it forgot', () => {
    const map = weighted(10);
    map.set('a', '123456789');
    map.set('b', '1234');
    map.set('c', '1234');
    expect(held(map, 'a', 'b', 'c')).toEqual(['b', 'c']);
  });

  it('holds one entry that is heavier than all may be', () => {
    const map = weighted(10);
    map.set('a', '1');
    map.set('b', '1'.repeat(50));
    expect(held(map, 'a', 'b')).toEqual(['b']);
    map.set('c', '1');
    expect(held(map, 'b', 'c')).toEqual(['c']);
  });
});

describe('a cache with a time limit', () => {
  const cache = () => new TtlCache<string | null>({ lifeMs: 500, entriesMax: 2 });

  it('holds an entry until its life is over, to the millisecond', () => {
    const names = cache();
    names.set('a', 'x', 1_000);
    expect(names.get('a', 1_499)).toBe('x');
    expect(names.get('a', 1_500)).toBeUndefined();
  });

  it('counts the life of an entry from the time that it is given', () => {
    const names = cache();
    names.set('a', 'x', 1_000);
    names.set('a', 'y', 1_200);
    expect(names.get('a', 1_699)).toBe('y');
    expect(names.get('a', 1_700)).toBeUndefined();
  });

  it('tells an absence that it holds from one that it does not know', () => {
    const names = cache();
    names.set('a', null, 1_000);
    expect(names.get('a', 1_000)).toBeNull();
    expect(names.get('b', 1_000)).toBeUndefined();
  });

  it('is bounded, entries that are too old included', () => {
    const names = cache();
    names.set('a', 'x', 1_000);
    names.set('b', 'x', 9_000);
    names.set('c', 'x', 9_000);
    expect([names.get('b', 9_000), names.get('c', 9_000)]).toEqual([undefined, 'x']);
  });

  it('bounds the weight of its values', () => {
    const names = new TtlCache<string>({
      lifeMs: 500,
      entriesMax: 10,
      weightMax: 3,
      weigh: (value, key) => value.length + key.length,
    });
    names.set('a', '12', 1_000);
    expect(names.get('a', 1_000)).toBe('12');
    names.set('b', '', 1_000);
    expect([names.get('a', 1_000), names.get('b', 1_000)]).toEqual([undefined, '']);
  });

  it('forgets what is deleted', () => {
    const names = cache();
    names.set('a', 'x', 1_000);
    names.delete('a');
    expect(names.get('a', 1_000)).toBeUndefined();
  });
});
