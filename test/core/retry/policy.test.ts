import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  horizonSeconds,
  parseRetryAfter,
  type RetryPolicy,
  retryDelaySeconds,
  retryPolicy,
} from '../../../core/retry/policy.ts';

afterEach(() => void vi.unstubAllEnvs());

const NOW = Date.parse('2026-11-22T10:00:00Z');
const policy = (changes: Partial<RetryPolicy> = {}): RetryPolicy => retryPolicy.parse({ jitter: 0, ...changes });
const failed = (changes = {}) => ({ statusCode: 500, errorCode: 'http_status', retryAfter: null, ...changes });
const delay = (of: RetryPolicy, attempt: number, result = failed(), unit = 0.5) =>
  retryDelaySeconds(of, attempt, result, { nowMs: NOW, unit });

const anyPolicy = fc
  .record({
    initial_delay_seconds: fc.double({ min: 1, max: 43_200, noNaN: true }),
    backoff_factor: fc.double({ min: 1, max: 10, noNaN: true }),
    max_delay_seconds: fc.double({ min: 1, max: 86_400, noNaN: true }),
    max_attempts: fc.integer({ min: 1, max: 50 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map((values) => retryPolicy.parse(values));

describe('the wait after a failed attempt', () => {
  it('grows by the factor up to the longest delay', () => {
    expect([1, 2, 3, 4].map((attempt) => delay(policy(), attempt))).toEqual([5, 20, 80, 320]);
    expect(delay(policy(), 9)).toBe(43_200);
  });

  it('gives about 32 hours by default', () => {
    expect(horizonSeconds(policy()) / 3600).toBeCloseTo(31.6, 1);
  });

  it('varies by the jitter, in both directions', () => {
    const jittered = policy({ initial_delay_seconds: 100, jitter: 0.2 });
    expect(delay(jittered, 1, failed(), 0)).toBeCloseTo(80);
    expect(delay(jittered, 1, failed(), 0.999999)).toBeCloseTo(120, 3);
  });

  it('is at least what Retry-After asks for, in seconds or as a date', () => {
    expect(delay(policy(), 1, failed({ retryAfter: '120' }))).toBe(120);
    expect(delay(policy(), 1, failed({ retryAfter: 'Sun, 22 Nov 2026 10:03:00 GMT' }))).toBe(180);
  });

  it('caps Retry-After at the longest delay of the policy', () => {
    expect(delay(policy({ max_delay_seconds: 60 }), 1, failed({ retryAfter: '99999999' }))).toBe(60);
  });

  it('is at least a minute after a 429 or a timeout, whatever the policy caps', () => {
    const short = policy({ max_delay_seconds: 10 });
    expect(delay(short, 1, failed({ statusCode: 429 }))).toBe(60);
    expect(delay(short, 1, failed({ statusCode: null, errorCode: 'timeout' }))).toBe(60);
    expect(delay(short, 1, failed({ statusCode: 503 }))).toBe(5);
  });

  it('is never negative, never endless, never beyond the cap and the floor', () => {
    fc.assert(
      fc.property(
        anyPolicy,
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0, max: 0.999999 }),
        (of, attempt, unit) => {
          fc.pre(!Number.isNaN(unit));
          const seconds = delay(of, attempt, failed(), unit);
          expect(seconds).toBeGreaterThanOrEqual(0);
          expect(seconds).toBeLessThanOrEqual(of.max_delay_seconds);
        },
      ),
    );
  });
});

describe('Retry-After', () => {
  it.each([
    '',
    'soon',
    '-5',
    '1.5',
    'NaN',
    'wait 30',
    'may 2030',
    'Sun, 22 Nov 2026',
    'try 9999 10:03:00 GMT',
    '1764150000000000000',
  ])('is ignored if it is %j', (header) => {
    expect(parseRetryAfter(header, NOW)).toBeUndefined();
  });

  it.each(['Sun, 22 Nov 2026 10:03:00 GMT', 'Sunday, 22-Nov-26 10:03:00 GMT', 'Sun Nov 22 10:03:00 2026'])(
    'may be the time %s, which is in GMT in any local time zone',
    (header) => {
      vi.stubEnv('TZ', 'Asia/Tokyo');
      expect(parseRetryAfter(header, NOW)).toBe(180);
      expect(parseRetryAfter(` ${header} `, NOW)).toBe(180);
    },
  );

  it('may be ten digits: the policy caps it', () => {
    expect(parseRetryAfter('9999999999', NOW)).toBe(9_999_999_999);
    expect(delay(policy(), 1, failed({ retryAfter: '9999999999' }))).toBe(43_200);
  });

  it('in the past requests no wait', () => {
    expect(parseRetryAfter('Sun, 22 Nov 2026 09:00:00 GMT', NOW)).toBe(0);
  });
});
