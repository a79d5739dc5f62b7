import { describe, expect, it } from 'vitest';
import { firstPath, readSession, wayBack } from '../../portal/src/session/session.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const session = {
  ...{ token: 'pst_1', tenant: 'acme', capabilities: ['view'], expires_at: '2026-01-01T01:00:00Z' },
  ...{ return_url: null, next: null, theme: null },
};

describe('a kept session', () => {
  it('is read as it was written', () => {
    expect(readSession(JSON.stringify(session), NOW)).toEqual(session);
  });

  it.each([
    ['one that is over', JSON.stringify({ ...session, expires_at: '2026-01-01T00:00:00Z' })],
    ['one without a token', JSON.stringify({ ...session, token: undefined })],
    ['one whose capabilities are no list', JSON.stringify({ ...session, capabilities: 'view' })],
    ['one that ends at no time', JSON.stringify({ ...session, expires_at: 'soon' })],
    ['a text that is no JSON', '{'],
    ['null', 'null'],
    ['nothing', null],
    ['an object, which another page may have sent', session],
  ])('is none: %s', (_, text) => expect(readSession(text, NOW)).toBeUndefined());
});

describe('the way back', () => {
  it.each(['https://shop.example.com/settings', 'http://localhost:3000/'])('leads to the web: %s', (url) => {
    expect(wayBack(url)?.href).toBe(url);
  });

  it.each([
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'settings',
    '',
    null,
  ])('leads nowhere else: %s', (url) => expect(wayBack(url)).toBeUndefined());
});

describe('the path that a session begins with', () => {
  it('is one within the page', () => {
    expect(firstPath('/deliveries?status=dead')).toBe('/deliveries?status=dead');
  });

  it.each(['//evil.example/', 'https://evil.example/', 'deliveries', '', null])(
    'is none that leads elsewhere: %s',
    (next) => expect(firstPath(next)).toBeUndefined(),
  );
});
