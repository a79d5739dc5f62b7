import assert from 'node:assert/strict';
import { excerptOf } from '../../../adapters/http/excerpt.ts';
import type { Target } from './target.ts';

const LIMITS = [1, 2, 3, 5, 16, 256];

/** The bytes of a response are the characters' low bytes. */
function check(input: string): string {
  const body = Buffer.from(input, 'latin1');
  const isUtf8 = !body.toString('utf8').includes('\ufffd');
  for (const limit of LIMITS) {
    const excerpt = excerptOf([body], limit);
    assert.ok(Buffer.byteLength(excerpt) <= limit, 'It is too long.');
    assert.ok(excerpt.isWellFormed(), 'Half a character is left.');
    assert.doesNotMatch(excerpt, /[^\P{Cc}\n\t]|[\p{Cf}\u2028\u2029]/u, 'It deceives its readers.');
    const cut = [body.subarray(0, limit / 2), body.subarray(limit / 2, limit), body.subarray(limit)];
    assert.equal(excerptOf(cut, limit), excerpt, 'It depends on how the bytes arrived.');
    if (!isUtf8) continue;
    assert.doesNotMatch(excerpt, /\ufffd/, 'A character is broken.');
    const plain = body.toString('utf8');
    if (/^[\x20-\x7e]*$/.test(plain)) assert.equal(excerpt, plain.slice(0, limit), 'Plain text is altered.');
  }
  return `${isUtf8} ${new Set(Array.from(body, (byte) => byte >> 4)).size}`;
}

const bytes = (text: string) => Buffer.from(text).toString('latin1');

export const target: Target = {
  holds: 'An excerpt is short, well-formed, free of deceptive characters, and independent of chunking.',
  covers: ['adapters/http/excerpt.ts'],
  seeds: [
    '{"error":"no such order"}',
    'a\0b\x1b[31m\r\n\tc',
    bytes('é€😀'),
    bytes('a\u202eb\u2066c'),
    '\xff\xfe\xf0\x9f',
    '\x80',
  ],
  dictionary: [
    ...['é', '€', '😀', '\u202e', '\ufeff', '\ufffd', '\u2028'].map(bytes),
    '\xf0\x9f',
    '\xed\xa0\x80',
    '\xc0\x80',
  ],
  lengthMax: 512,
  check,
};
