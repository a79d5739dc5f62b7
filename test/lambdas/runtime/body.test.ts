import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyText, textOf } from '../../../lambdas/runtime/body.ts';

const MARK = Buffer.from('\ufeff');

type Event = Parameters<typeof bodyText>[0] & { body: string };

/** A body as API Gateway passes it on: as base64, or, for a text type, decoded with replacement characters. */
const asBase64 = (bytes: Buffer): Event => ({ body: bytes.toString('base64'), isBase64Encoded: true, headers: {} });
const asText = (bytes: Buffer, contentLength = bytes.length): Event => ({
  body: bytes.toString('utf8'),
  isBase64Encoded: false,
  headers: { 'content-length': `${contentLength}` },
});
const noLength = (bytes: Buffer): Event => ({ ...asText(bytes), headers: {} });

/** What the management API reads: bytes, however they were passed. */
const viaApi = ({ body, isBase64Encoded, headers }: Event) =>
  textOf(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'), headers['content-length']);

const readers: readonly [string, (event: Event) => string][] = [
  ['publishing', bodyText],
  ['the rest of the API', viaApi],
];

describe.each(readers)('a body, for %s', (_, read) => {
  it('is the same text whether API Gateway passes it as text or as base64', () => {
    const bytes = Buffer.from('{"é":1}');
    for (const event of [asText(bytes), noLength(bytes), asBase64(bytes)]) expect(read(event)).toBe('{"é":1}');
  });

  it('loses only a leading byte order mark', () => {
    const bytes = Buffer.concat([MARK, Buffer.from('{"a":"\ufeff"}')]);
    for (const event of [asText(bytes), noLength(bytes), asBase64(bytes)]) expect(read(event)).toBe('{"a":"\ufeff"}');
  });

  it('may contain U+FFFD from its sender, with a byte order mark or one that is lost in transit', () => {
    const bytes = Buffer.from('{"a":"\ufffd"}');
    expect(read(asText(bytes))).toBe('{"a":"\ufffd"}');
    expect(read(asBase64(bytes))).toBe('{"a":"\ufffd"}');
    expect(read(asText(Buffer.concat([MARK, bytes])))).toBe('{"a":"\ufffd"}');
    expect(read(asText(bytes, bytes.length + MARK.length))).toBe('{"a":"\ufffd"}');
  });

  it.each([
    ['a byte that UTF-8 does not have', [0x22, 0xff, 0x22]],
    ['Latin-1', [0x22, 0xe9, 0x22]],
    ['half a character', [0x22, 0xe2, 0x82, 0x22]],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['UTF-16', [...Buffer.from('{"a":"é"}', 'utf16le')]],
    ['gzip', [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0x56, 0x4a]],
  ])('is refused if it contains %s', (_what, octets) => {
    const bytes = Buffer.from(octets);
    for (const event of [asText(bytes), asBase64(bytes)]) {
      expect(() => read(event)).toThrow('not UTF-8: send JSON in UTF-8, without compression');
    }
  });

  it('arrives byte for byte or is refused, except where text cannot show the difference', () => {
    fc.assert(
      fc.property(bytesWithOddOnes, fc.boolean(), (bytes, isMarked) => {
        const sent = isMarked ? Buffer.concat([MARK, bytes]) : bytes;
        for (const event of [asText(sent), asBase64(sent)]) {
          const isBlind = !event.isBase64Encoded && Buffer.byteLength(event.body) === sent.length;
          if (isUtf8(sent)) expect(Buffer.from(read(event))).toEqual(withoutMark(sent));
          else if (!isBlind) expect(() => read(event)).toThrow('not UTF-8');
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

const withoutMark = (bytes: Buffer) => (bytes.subarray(0, 3).equals(MARK) ? bytes.subarray(3) : bytes);
const bytesWithOddOnes = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 6 }).map((octets) => Buffer.from(octets)),
      fc.constant(Buffer.from('\ufffd')),
    ),
  )
  .map((parts) => Buffer.concat(parts));
