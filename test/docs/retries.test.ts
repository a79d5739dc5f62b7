import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { outcomeOf } from '../../core/deliveries/outcome.ts';
import {
  baseDelaySeconds,
  horizonSeconds,
  retryDelaySeconds,
  retryPolicy,
  TRANSIENT_CLIENT_ERRORS,
} from '../../core/retry/policy.ts';
import { DAY, START } from '../support/delivery-world.ts';

const page = readFileSync(new URL('../../docs/retries.md', import.meta.url), 'utf8');
const policy = retryPolicy.parse({});
const rows = [...page.matchAll(/^\| (.+) \|$/gm)].map(([, row = '']) => row.split(' | '));
const cells = (first: string) => rows.find(([cell]) => cell === first) ?? expect.fail(`There is no row ${first}.`);

/** Such as "1 h 25 min 20 s". */
function inWords(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3_600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ].filter(([count]) => count !== 0);
  return parts.length === 0 ? '0 s' : parts.flat().join(' ');
}

describe('the page on retries', () => {
  it('has the schedule of the default policy', () => {
    let seconds = 0;
    for (let attempt = 1; attempt <= policy.max_attempts; attempt++) {
      const waited = attempt === 1 ? 0 : baseDelaySeconds(policy, attempt - 1);
      seconds += waited;
      expect(cells(String(attempt))).toEqual([
        String(attempt),
        attempt === 1 ? 'none' : inWords(waited),
        inWords(seconds),
      ]);
    }
    expect(rows.some(([cell]) => cell === String(policy.max_attempts + 1))).toBe(false);
    expect(page).toContain(`over about ${Math.round(seconds / 3_600)} hours`);
    expect(horizonSeconds(policy)).toBeGreaterThan(seconds);
  });

  it('lists each field of the policy, with its default and range', () => {
    const { properties = {} } = z.toJSONSchema(retryPolicy);
    for (const [name, field] of Object.entries(properties)) {
      if (typeof field === 'boolean') expect.fail(name);
      const shown = (value: unknown) =>
        typeof value === 'number' ? value.toLocaleString('en') : value && `\`${value}\``;
      expect(cells(`\`${name}\``).slice(1, 4)).toEqual([
        shown(field.default),
        shown(field.minimum) ?? '–',
        shown(field.maximum) ?? '–',
      ]);
    }
  });

  const answer = { retryAfter: null, durationMs: 1, responseExcerpt: '' };
  const followUp = (
    statusCode: number | null,
    errorCode: 'http_status' | 'timeout' | null,
    retryOn: 'all' | 'transient',
  ) => {
    const context = { policy: { ...policy, retry_on: retryOn }, attempt: 1, expiresAt: START + 30 * DAY, nowMs: START };
    const outcome = outcomeOf({ ...answer, statusCode, errorCode, at: START }, { ...context, unit: 0.5 });
    return outcome.kind === 'dead'
      ? `dead (\`${outcome.reason}\`)`
      : outcome.kind === 'retry'
        ? 'retried'
        : 'delivered';
  };

  it.each([
    ['2xx', [200, 204, 299]],
    ['410', [410]],
    [TRANSIENT_CLIENT_ERRORS.join(', '), TRANSIENT_CLIENT_ERRORS],
    ['any other 4xx', [400, 401, 404, 422, 499]],
    ['3xx: redirects are not followed', [301, 304, 307]],
    ['5xx', [500, 503, 599]],
  ])('says what follows %s', (row, statuses) => {
    const [, always = '', transient = ''] = cells(row);
    for (const status of statuses) {
      const errorCode = status < 300 ? null : 'http_status';
      expect(always).toContain(followUp(status, errorCode, 'all'));
      expect(transient === 'the same' ? always : transient).toContain(followUp(status, errorCode, 'transient'));
    }
  });

  it('says what follows if there is no answer', () => {
    const [, always, transient] = cells('no answer: DNS, connection, TLS, timeout, an answer that is not HTTP');
    expect([always, transient]).toEqual([followUp(null, 'timeout', 'all'), followUp(null, 'timeout', 'transient')]);
  });

  it('states the minimum wait and the range of the jitter', () => {
    const waits = (statusCode: number, unit: number) =>
      retryDelaySeconds(policy, 1, { statusCode, errorCode: 'http_status', retryAfter: null }, { nowMs: START, unit });
    expect(page).toContain(`${waits(429, 0)} s after a 429 or a timeout`);
    const [least, most] = [waits(500, 0), waits(500, 1)].map((wait) =>
      Math.round((100 * wait) / policy.initial_delay_seconds),
    );
    expect(page).toContain(`between ${least} % and ${most} %`);
  });
});
