import { describe, expect, it } from 'vitest';
import { newTraceId } from '../../core/ids.ts';
import { type Random, randomToken } from '../../core/random.ts';
import { seededRandom } from '../support/seeded-random.ts';

const filledWith = (byte: number): Random => ({ unit: () => 0, bytes: (count) => new Uint8Array(count).fill(byte) });

describe('a random token', () => {
  it('has 48 bits, in characters that need no escaping anywhere', () => {
    expect([0, 0xff, 0xfb].map((byte) => randomToken(filledWith(byte)))).toEqual(['AAAAAAAA', '________', '-_v7-_v7']);
  });

  it('is another one each time', () => {
    const random = seededRandom(1);
    expect(new Set(Array.from({ length: 1_000 }, () => randomToken(random))).size).toBe(1_000);
  });
});

describe('a new trace id', () => {
  it('is 32 hexadecimal digits in lower case, as W3C Trace Context demands', () => {
    expect(newTraceId(filledWith(0xab))).toBe('ab'.repeat(16));
    expect(newTraceId(filledWith(1))).toBe('01'.repeat(16));
  });
});
