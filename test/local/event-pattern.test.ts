import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../local/aws/event-pattern.ts';

const event = {
  source: 'postrider',
  'detail-type': 'event.accepted',
  detail: { tenant: 'acme', tags: ['a', 'b'], n: 1 },
};

describe('an event pattern', () => {
  it.each([
    [{ source: ['postrider'] }, true],
    [{ source: ['other', 'postrider'] }, true],
    [{ source: ['other'] }, false],
    [{ source: ['postrider'], 'detail-type': ['other'] }, false],
    [{ detail: { tenant: ['acme'] } }, true],
    [{ detail: { tenant: [{ prefix: 'ac' }] } }, true],
    [{ detail: { tenant: [{ prefix: 'b' }] } }, false],
    [{ detail: { tags: ['b'] } }, true],
    [{ detail: { n: ['1'] } }, false],
    [{ detail: { missing: [{ exists: false }] } }, true],
    [{ detail: { tenant: [{ exists: false }] } }, false],
    [{ detail: { tenant: [{ 'anything-but': ['beta', 'gamma'] }] } }, true],
    [{ detail: { tenant: [{ 'anything-but': 'acme' }] } }, false],
    [{ absent: { deeper: ['x'] } }, false],
  ])('%j matches: %s', (pattern, expected) => {
    expect(compilePattern(pattern)(event)).toBe(expected);
  });

  it.each([
    { detail: { n: [{ numeric: ['>', 0] }] } },
    { detail: { tenant: [{ 'anything-but': { prefix: 'a' } }] } },
    { $or: [{ source: ['a'] }] },
    { source: 'postrider' },
  ])('is refused if part of it is unknown: %j', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(/event pattern/);
  });
});
