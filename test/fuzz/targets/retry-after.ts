import assert from 'node:assert/strict';
import { parseRetryAfter, retryDelaySeconds, retryPolicy } from '../../../core/retry/policy.ts';
import type { Target } from './target.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const POLICY = retryPolicy.parse({ jitter: 0 });
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The three ways to write a time in HTTP (RFC 9110, 5.6.7). */
function formsOf(time: Date): string[] {
  const fixed = time.toUTCString();
  const [day = '', date = '', month = '', year = '', clock = ''] = fixed.split(' ');
  return [
    fixed,
    `${DAYS[time.getUTCDay()]}, ${date}-${month}-${year.slice(2)} ${clock} GMT`,
    `${day.slice(0, 3)} ${month} ${date.replace(/^0/, ' ')} ${clock} ${year}`,
  ];
}

/** The unambiguous values: a whole number of at most ten digits, or a time in one of the three forms. */
function meant(header: string): number | undefined {
  if (/^\d{1,10}$/.test(header)) return Number(header);
  const time = new Date(header.endsWith('GMT') ? header : `${header} GMT`);
  const isHttpDate = time.getUTCFullYear() <= 9_999 && formsOf(time).includes(header);
  return isHttpDate ? Math.max(0, (time.getTime() - NOW) / 1_000) : undefined;
}

function check(input: string): string {
  const understood = parseRetryAfter(input, NOW);
  const expected = meant(input);
  if (expected !== undefined) assert.equal(understood, expected, 'What the header says is not understood.');
  if (understood !== undefined) {
    assert.ok(understood >= 0, 'It asks for less than nothing.');
    assert.match(input, /^\s*\d{1,10}\s*$|\d\d:\d\d:\d\d/, 'What is neither a number nor a time is understood.');
  }
  for (const statusCode of [429, 503]) {
    const failed = { statusCode, errorCode: 'http_status', retryAfter: input };
    const delay = retryDelaySeconds(POLICY, 1, failed, { nowMs: NOW, unit: 0.5 });
    const floor = statusCode === 429 ? 60 : 5;
    assert.equal(delay, Math.max(floor, Math.min(understood ?? 0, POLICY.max_delay_seconds)), 'The delay is another.');
  }
  return expected === undefined ? `${understood !== undefined}` : `form ${input.length}`;
}

export const target: Target = {
  holds: 'Only the two valid forms are understood, and no delay is negative, NaN or above the cap.',
  covers: ['core/retry/'],
  seeds: [
    ...['120', '0', '99999999999999999999', 'Sun, 22 Nov 2026 10:03:00 GMT', 'Sunday, 22-Nov-26 10:03:00 GMT'],
    ...['Sun Nov 22 10:03:00 2026', 'Sun Nov  1 10:03:00 2026', 'soon', '-5', '1.5', ' 7 '],
  ],
  dictionary: [
    ...DAYS.map((day) => day.slice(0, 3)),
    ...[
      'Sunday, ',
      ' Nov ',
      ' Jan ',
      ' Feb ',
      '-Dec-',
      '30',
      '31',
      '29',
      '2028',
      '9999',
      '10000',
      '23:59:60',
      '24:00:00',
      '10:03:00',
    ],
    ...[' GMT', ' UTC', ' +0000', ' -0500', ', ', 'T', 'Z'],
  ],
  lengthMax: 64,
  check,
};
