import { describe, expect, it } from 'vitest';
import { isCutUrl, shownChangedUrl, shownUrl } from '../../../core/endpoints/shown-url.ts';

describe('a URL in lists and in the audit trail', () => {
  it.each([
    ['https://example.com', 'https://example.com'],
    ['https://example.com/', 'https://example.com/'],
    ['https://example.com:8443/hooks/T0/B0/secret', 'https://example.com:8443/…'],
    ['https://example.com?token=secret', 'https://example.com/…'],
    ['https://example.com/?token=secret', 'https://example.com/…'],
    ['https://example.com#secret', 'https://example.com/…'],
    ['https:\\\\example.com\\secret', '/…'],
    ['HTTPS://example.com\\secret', 'HTTPS://example.com/…'],
    ['https://user:secret@example.com/', 'https://example.com/'],
    ['https://user:secret@example.com/x', 'https://example.com/…'],
    ['https://[::1]:8443/secret', 'https://[::1]:8443/…'],
    ['https://example.com/a\nsecret', 'https://example.com/…'],
    ['secret', '/…'],
  ])('of %j is %s', (url, shown) => {
    expect(shownUrl(url)).toBe(shown);
    expect(shownUrl(shown)).toBe(shown);
  });

  it('is said to have changed where that cannot be seen', () => {
    const [a, b] = ['https://example.com/a', 'https://example.com/b'];
    expect(shownChangedUrl(a, a)).toBe('https://example.com/…');
    expect(shownChangedUrl(a, b)).toBe('https://example.com/… (changed)');
    expect(shownChangedUrl(a, 'https://example.org/b')).toBe('https://example.org/…');
    expect([shownChangedUrl(a, b), shownUrl(b), b].map(isCutUrl)).toEqual([true, true, false]);
  });
});
