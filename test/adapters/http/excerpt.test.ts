import fc from 'fast-check';
import { expect, test } from 'vitest';
import { excerptOf } from '../../../adapters/http/excerpt.ts';

const bytes = (text: string) => [Buffer.from(text)];

test('a body within the cap is kept unchanged', () => {
  expect(excerptOf(bytes('{"ok": true}\n\tßé🚚'), 100)).toBe('{"ok": true}\n\tßé🚚');
});

test('the cut never splits a character', () => {
  expect([1, 2, 3, 4, 5].map((max) => excerptOf(bytes('a🚚b'), max))).toEqual(['a', 'a', 'a', 'a', 'a🚚']);
});

test('a character split over chunks is whole', () => {
  const whole = Buffer.from('🚚');

  expect(excerptOf([whole.subarray(0, 2), whole.subarray(2)], 10)).toBe('🚚');
});

test('control characters and bidirectional marks are removed', () => {
  expect(excerptOf(bytes('a\u001b[31mb\r\n\u0000c\u007f\u0085d\u202ee'), 100)).toBe('a[31mb\ncde');
});

test('format characters, line separators and a byte order mark are removed', () => {
  const hidden = '\ufeffa\u00adb\u061cc\u200bd\u200fe\u2028f\u2029g\u2060h\u2066i\ufff9j\u{e0041}k';

  expect(excerptOf(bytes(hidden), 200)).toBe('abcdefghijk');
  expect(excerptOf(bytes('\ufeff{"e":1}'), 100)).toBe('{"e":1}');
});

test('Windows-1252 is read if the body is in it', () => {
  const body = Buffer.from('caf\xe9 \x80 5 \x93ok\x94 \x81\x85', 'latin1');

  expect(excerptOf([body], 100, { isLatin1: true })).toBe('café € 5 “ok” …');
  expect(excerptOf([body], 4, { isLatin1: true })).toBe('caf');
});

test('what is hidden is cut after it is hidden, so that no part of it is left', () => {
  const hide = (text: string) => text.replaceAll(/secret|secr?$/g, '[hidden]');

  expect(excerptOf(bytes('a secret b'), 12, { hide })).toBe('a [hidden] b');
  expect(excerptOf(bytes('a secret b'), 6, { hide })).toBe('a [hid');
  expect(excerptOf(bytes('a se\u0007cret'), 20, { hide })).toBe('a [hidden]');
});

test('any body gives valid text within the cap', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), fc.nat(60), (chunks, bytesMax) => {
      const excerpt = excerptOf(chunks, bytesMax);

      expect(Buffer.byteLength(excerpt)).toBeLessThanOrEqual(bytesMax);
      expect(excerpt.isWellFormed()).toBe(true);
    }),
  );
});
