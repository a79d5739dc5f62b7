import { describe, expect, it } from 'vitest';
import { merged } from '../../../core/listing/merge.ts';

/** A part with an item at each of these positions, which goes on at `next`. */
const part = (positions: string, next: string | null = null) => ({
  found: [...positions].map((position) => ({ item: position.toUpperCase(), position })),
  next,
});
function read(limit: number, ...parts: ReturnType<typeof part>[]) {
  const { found, next } = merged(parts, limit);
  return [found.map(({ item }) => item).join(''), next];
}

describe('parts of a list', () => {
  it('are merged newest first', () => {
    expect(read(10, part('zc'), part(''), part('yxa'))).toEqual(['ZYXCA', null]);
  });

  it('are cut at the limit, and go on there', () => {
    expect(read(3, part('zc'), part('yxa'))).toEqual(['ZYX', 'x']);
    expect(read(5, part('zc'), part('yxa'))).toEqual(['ZYXCA', null]);
  });

  it('end where the first of them ends, since beyond that there may be more of it', () => {
    expect(read(10, part('zt', 't'), part('yxa'))).toEqual(['ZYXT', 't']);
    expect(read(10, part('zt', 't'), part('yxw', 'w'))).toEqual(['ZYXW', 'w']);
    expect(read(2, part('zt', 't'), part('yxw', 'w'))).toEqual(['ZY', 'y']);
  });

  it('go on although one of them has found nothing so far', () => {
    expect(read(10, part('', 'm'), part('za'))).toEqual(['Z', 'm']);
  });

  it('have an item once that is in several of them', () => {
    expect(read(10, part('zb'), part('zba'))).toEqual(['ZBA', null]);
  });

  it('count as examined what is in the result', () => {
    expect(merged([part('zyx'), part('w')], 2).examined).toBe(2);
  });
});
