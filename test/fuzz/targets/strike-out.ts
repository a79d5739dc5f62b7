import assert from 'node:assert/strict';
import { strikeOut } from '../../../core/secrets/strike-out.ts';
import type { Target } from './target.ts';

const TOKEN = 'tk/live+7f"3\\a<9&c=e';
const PASSWORD = 'pass:word#1';
const SECRETS = [`Bearer ${TOKEN}`, `Basic ${Buffer.from(`anna:${PASSWORD}`).toString('base64')}`];
const CODINGS: ((text: string) => string)[] = [
  String,
  (text) => JSON.stringify(text).slice(1, -1),
  encodeURIComponent,
  (text) => Buffer.from(text).toString('base64').replace(/=+$/, ''),
  (text) => Buffer.from(text).toString('hex'),
];

/** The input is what surrounds each secret in each coding. */
function check(input: string): string {
  const [before = '', after = ''] = input.split('|');
  let struck = strikeOut(input, SECRETS);
  assert.ok(!input.isWellFormed() || struck.isWellFormed(), 'Half a character is left.');
  for (const secret of [TOKEN, PASSWORD]) {
    for (const code of CODINGS) {
      struck = strikeOut(`${before} ${code(secret)} ${after}`, SECRETS);
      for (const one of CODINGS) assert.ok(!struck.includes(one(secret)), 'A secret is left.');
    }
    struck = strikeOut(Buffer.from(before + secret + after).toString('base64'), SECRETS);
    assert.equal(struck, '[hidden]', 'A secret is left within base64.');
  }
  return `${struck.length} ${[...'\\%&'].filter((one) => input.includes(one)).join('')}`;
}

export const target: Target = {
  holds: 'No secret is left in an answer, in whatever coding and between whatever it stands.',
  covers: ['core/secrets/strike-out.ts'],
  seeds: [
    '{"a":"|"}',
    '\\u00e9 %41 &amp;|&#x41;\\\\',
    'Basic |Bearer tk/l',
    'QUJD|REVG\nR0hJ',
    '616263|646566',
    'é|🚚',
  ],
  dictionary: [
    '\\',
    '\\u0041',
    '%',
    '%25',
    '&',
    '&#',
    '&lt;',
    '[hidden]',
    'Bearer ',
    'Basic ',
    '\n',
    '=',
    '|',
    'é',
    '🚚',
  ],
  lengthMax: 256,
  check,
};
