import { describe, expect, it } from 'vitest';
import { elementTexts, indented, memberText } from '../../portal/src/api/raw-json.ts';

describe('a member of an object, as text', () => {
  it.each([
    ['a number that JavaScript cannot hold', '12345678901234567890'],
    ['a number as it was written', '1.00e+2'],
    ['negative nought', '-0'],
    ['an object in an order of its own, with a name twice', '{"b":1,"a":2,"b":3,"1":4}'],
    ['escapes, which differ from their characters', String.raw`"\u00e9\/\"\\ \ud83d\ude00"`],
    ['spaces and line breaks', '{ "a" :\n\t[ 1 ,2 ] }'],
    ['brackets and quotes within a string', String.raw`{"a":"}]\"{[","b":["]",{}]}`],
    ['a string', '"}"'],
    ['an empty string', '""'],
    ['true', 'true'],
    ['null', 'null'],
    ['an empty list', '[]'],
  ])('is exactly what was written: %s', (_, text) => {
    expect(memberText(`{"id":"evt_1","data":${text},"type":"a"}`, 'data')).toBe(text);
    expect(memberText(`{"data":${text}}`, 'data')).toBe(text);
    expect(memberText(` {\n "x" : [1, {"data": 2}] ,\n "data" :  ${text}  }\n`, 'data')).toBe(text);
  });

  it('is found by its name as it is read, not as it is written, and not within others', () => {
    expect(memberText(String.raw`{"d\u0061ta":1}`, 'data')).toBe('1');
    expect(memberText('{"other":{"data":1},"text":"\\"data\\":2"}', 'data')).toBeUndefined();
    expect(memberText('{"list":[{"data":1}],"data":2}', 'data')).toBe('2');
  });

  it('is not there in an object without it', () => {
    expect(memberText('{}', 'data')).toBeUndefined();
    expect(memberText(' { } ', 'data')).toBeUndefined();
    expect(memberText('{"a":1}', 'data')).toBeUndefined();
  });

  it('is found in 1 MiB, whatever it is made of', () => {
    const size = 1024 ** 2;
    const texts = [
      `"${'\\"'.repeat(size / 2)}"`,
      `[${'1,'.repeat(size / 2)}1]`,
      `${'['.repeat(size / 2)}${']'.repeat(size / 2)}`,
      `{"a":"${'é'.repeat(size)}"}`,
      '9'.repeat(size),
    ];
    for (const text of texts) expect(memberText(`{"id":"x","data":${text},"z":1}`, 'data') === text).toBe(true);
  });
});

describe('the elements of a list, as texts', () => {
  it('are exactly what was written', () => {
    expect(elementTexts(String.raw` [ 1.0 ,{"a":[1,2]} , "],[" , null,"\u0061",[ ] ] `)).toEqual([
      '1.0',
      '{"a":[1,2]}',
      '"],["',
      'null',
      String.raw`"\u0061"`,
      '[ ]',
    ]);
  });

  it.each(['[]', ' [ ] '])('are none in %j', (text) => expect(elementTexts(text)).toEqual([]));
});

describe('JSON on lines of its own', () => {
  it('has every number, name and string as it was written', () => {
    const text = String.raw`{"n":12345678901234567890,"m":1.00e+2,"é\u00e9":"a, b: {c} [d] \" \\","b":[1,[],{}, {"x":[ ]}],"b":null}`;

    expect(indented(text)).toBe(
      [
        '{',
        '  "n": 12345678901234567890,',
        '  "m": 1.00e+2,',
        String.raw`  "é\u00e9": "a, b: {c} [d] \" \\",`,
        '  "b": [',
        '    1,',
        '    [],',
        '    {},',
        '    {',
        '      "x": []',
        '    }',
        '  ],',
        '  "b": null',
        '}',
      ].join('\n'),
    );
  });

  it.each(['1', '"a b"', 'null', '{}', '[]', '-0.0'])('leaves %s as it is', (text) =>
    expect(indented(text)).toBe(text),
  );

  it('says the same as before', () => {
    const value = { list: [[1], [], ['"']], deep: { a: { b: { c: [true, false, null] } } }, '': '' };

    expect(indented(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
  });

  it('of 1 MiB is made of one string, or of many numbers', () => {
    const string = `{"a":"${'\\\\'.repeat(512 * 1024)}"}`;
    const numbers = JSON.stringify(Array.from({ length: 150_000 }, (_, at) => at));

    expect(indented(string) === string.replace('{', '{\n  ').replace(':', ': ').replace(/\}$/, '\n}')).toBe(true);
    expect(indented(numbers) === JSON.stringify(JSON.parse(numbers), null, 2)).toBe(true);
  });
});
