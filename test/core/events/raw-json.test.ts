import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementExtents, memberText } from '../../../core/events/raw-json.ts';

describe('the text of a member', () => {
  it.each([
    ['{"data":{"n":12345678901234567890,"f":1.10}}', '{"n":12345678901234567890,"f":1.10}'],
    ['{ "data" : [ 1 , "]" ] }', '[ 1 , "]" ]'],
    ['{"data":"a\\\\"}', '"a\\\\"'],
    ['{"data":"\\"}"}', '"\\"}"'],
    ['{"d\\u0061ta":true}', 'true'],
    ['{"data":1,"data":2}', '2'],
    ['{"type":"data","data":-0.0e+1}', '-0.0e+1'],
    ['\n{"a":{"data":1},"data":null}\t', 'null'],
  ])('is taken from %s exactly as written', (text, expected) => {
    expect(memberText(text, 'data')).toBe(expected);
  });

  it('is undefined where the member is missing', () => {
    expect(memberText('{}', 'data')).toBeUndefined();
    expect(memberText('{"x":{"data":1}}', 'data')).toBeUndefined();
  });

  it('is found in any JSON, whatever its whitespace', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.nat(4), (data, other, indent) => {
        const text = JSON.stringify({ other, data, more: other }, null, indent);
        const found = memberText(text, 'data') ?? 'missing';
        expect(JSON.parse(found)).toEqual(JSON.parse(JSON.stringify(data)));
        expect(text).toContain(found);
      }),
    );
  });

  it('survives a depth where recursion would fail', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(memberText(`{"data":${deep}}`, 'data')).toBe(deep);
  });
});

describe('the extents of elements', () => {
  it('split an array into the texts of its elements', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.nat(3), (values, indent) => {
        const text = JSON.stringify(values, null, indent);
        const parts = elementExtents(text).map(({ start, end }) => text.slice(start, end));
        expect(parts.map((part) => JSON.parse(part))).toEqual(JSON.parse(text));
      }),
    );
  });
});
