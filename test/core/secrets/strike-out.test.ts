import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strikeOut } from '../../../core/secrets/strike-out.ts';

const TOKEN = 'Bearer tk/live+7f"3\\a<9&c=e';
const CREDENTIAL = TOKEN.slice('Bearer '.length);
const BASIC = `Basic ${Buffer.from('anna:pass:word#1').toString('base64')}`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a secret in an answer', () => {
  it.each([
    ['as it is', `you sent ${TOKEN}!`, 'you sent [hidden]!'],
    ['its credential alone', `token=${CREDENTIAL};`, 'token=[hidden];'],
    ['in JSON', JSON.stringify({ authorization: TOKEN }), '{"authorization":"[hidden]"}'],
    ['in JSON as PHP writes it', JSON.stringify({ a: TOKEN }).replaceAll('/', '\\/'), '{"a":"[hidden]"}'],
    [
      'in JSON as Go writes it',
      JSON.stringify([TOKEN]).replaceAll('<', '\\u003c').replaceAll('&', '\\u0026'),
      '["[hidden]"]',
    ],
    ['in JSON within JSON', JSON.stringify(JSON.stringify([TOKEN])), '"[\\"[hidden]\\"]"'],
    ['in a URL', `/?a=${encodeURIComponent(TOKEN)}&b=c`, '/?a=[hidden]&b=c'],
    ['in a form', `a=${new URLSearchParams({ a: TOKEN }).toString().slice(2)}&b=c`, 'a=[hidden]&b=c'],
    ['in a URL in lower case', encodeURIComponent(TOKEN).replaceAll(/%../g, (code) => code.toLowerCase()), '[hidden]'],
    ['in HTML', '<p>Bearer tk/live+7f&quot;3\\a&lt;9&amp;c=e</p>', '<p>[hidden]</p>'],
    ['in HTML by numbers', '<p>Bearer tk&#47;live&#x2B;7f&#34;3\\a&#60;9&#38;c=e</p>', '<p>[hidden]</p>'],
    ['in base64', `it is ${base64(TOKEN)}.`, 'it is [hidden].'],
    ['in base64 for URLs', `it is ${Buffer.from(TOKEN).toString('base64url')}.`, 'it is [hidden].'],
    ['in hex', `it is ${Buffer.from(TOKEN).toString('hex')}.`, 'it is [hidden].'],
    ['in upper hex', `it is ${Buffer.from(CREDENTIAL).toString('hex').toUpperCase()}.`, 'it is [hidden].'],
    ['twice', `${TOKEN} ${TOKEN}`, '[hidden] [hidden]'],
    ['within a longer word', `abc${TOKEN}def`, 'abc[hidden]def'],
  ])('is struck out %s', (_, text, struck) => {
    expect(strikeOut(text, [TOKEN])).toBe(struck);
  });

  it.each([0, 1, 2, 3, 4, 5])('is struck out of the base64 of a longer text, after %d bytes of it', (before) => {
    const longer = `${'x'.repeat(before)}Authorization: ${TOKEN}\r\nAccept: */*`;
    expect(strikeOut(`{"echo":"${base64(longer)}"}`, [TOKEN])).toBe('{"echo":"[hidden]"}');
  });

  it.each([
    ['the whole value', BASIC, '[hidden]'],
    ['the credential', BASIC.slice(6), '[hidden]'],
    ['user and password', 'for anna:pass:word#1', 'for anna:[hidden]'],
    ['the password', 'wrong password: pass:word#1', 'wrong password: [hidden]'],
    ['not the user', 'hello anna!', 'hello anna!'],
  ])('is struck out of basic credentials: %s', (_, text, struck) => {
    expect(strikeOut(text, [BASIC])).toBe(struck);
  });

  it('is struck out without the prefix of a signing secret', () => {
    const secret = `whsec_${base64('a key of thirty-two random bytes')}`;
    expect(strikeOut(`key ${secret.slice(6)}`, [secret])).toBe('key [hidden]');
  });

  it('is struck out in another alphabet', () => {
    const secret = 'ключ-к-двери';
    const texts = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64(secret)];
    const escaped = [...secret].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    for (const text of [...texts, escaped]) expect(strikeOut(`é ${text}🚚`, [secret])).toBe('é [hidden]🚚');
  });

  it('is struck out where the text ends within it', () => {
    for (let length = 4; length < TOKEN.length; length++) {
      expect(strikeOut(`it is ${TOKEN.slice(0, length)}`, [TOKEN])).toBe('it is [hidden]');
    }
    const inside = base64(`Authorization: ${TOKEN}`);
    const [start] = [base64('Authorization: ').length + 6];
    for (let length = start; length <= inside.length; length++) {
      expect(strikeOut(`it is ${inside.slice(0, length)}`, [TOKEN])).toBe('it is [hidden]');
    }
  });

  it('is left in a text that has none of it', () => {
    const text = '{"ok":true,"received":"evt_1 100% &amp; \\"fine\\" é🚚"}';
    expect(strikeOut(text, [TOKEN, BASIC])).toBe(text);
    expect(strikeOut(text, [])).toBe(text);
  });

  it('is struck out if it is short, but not where it is part of a word, and not below four characters', () => {
    expect(strikeOut('code 4711, 47110 and a4711', ['4711'])).toBe('code [hidden], 47110 and a4711');
    expect(strikeOut('a eu abc', ['eu', 'a', 'abc'])).toBe('a eu abc');
  });

  it('is in no coding in the result, whatever surrounds it', () => {
    const codings: ((text: string) => string)[] = [
      (text) => text,
      (text) => JSON.stringify(text),
      (text) => JSON.stringify(JSON.stringify(text)),
      encodeURIComponent,
      base64,
      (text) => Buffer.from(text).toString('base64url'),
      (text) => Buffer.from(text).toString('hex'),
    ];
    const around = fc.string({ unit: 'grapheme', maxLength: 20 });
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\x21-\x7e]{8,40}$/),
        fc.constantFrom(...codings),
        around,
        around,
        (secret, code, before, after) => {
          const struck = strikeOut(`${before} ${code(secret)} ${after}`, [secret]);
          expect(struck).toContain('[hidden]');
          expect(struck.isWellFormed()).toBe(true);
          for (const one of codings) expect(struck).not.toContain(one(secret));
        },
      ),
    );
  });
});
