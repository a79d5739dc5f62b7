import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFolder } from '../../../lambdas/portal/folder.ts';
import { createSite } from '../../../lambdas/portal/site.ts';

const dir = mkdtempSync(join(tmpdir(), 'postrider-site-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const write = (path: string, text: string) => writeFileSync(join(dir, path), text);
mkdirSync(join(dir, 'files', 'assets'), { recursive: true });
write('files/index.html', 'page');
write('files/assets/app-1.js', 'plain');
write('files/assets/app-1.js.br', 'as br');
write('files/assets/app-1.js.gz', 'as gzip');
write('secret.txt', 'beside the site');
write('files/unlisted.txt', 'not of the build');
write(
  'manifest.json',
  JSON.stringify({
    'index.html': { type: 'text/html; charset=utf-8', immutable: false, encodings: [] },
    'assets/app-1.js': { type: 'text/javascript; charset=utf-8', immutable: true, encodings: ['br', 'gzip'] },
  }),
);

const get = (rawPath: string, accepted?: string, origins: string[] = []) => {
  const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
  const {
    statusCode,
    headers: answered,
    body = '',
    isBase64Encoded,
  } = createSite(
    openFolder(dir),
    origins,
  )({
    rawPath,
    headers,
  });
  return { statusCode, headers: answered ?? {}, text: isBase64Encoded ? Buffer.from(body, 'base64').toString() : body };
};

describe('a path of the portal', () => {
  it.each([
    '/portal',
    '/portal/',
    '/portal/deliveries/dlv_1',
    '/portal/event-types/order.created',
    '/portal/index.html',
  ])('is the page: %s', (path) => {
    expect(get(path)).toMatchObject({ statusCode: 200, text: 'page' });
  });

  it.each([
    '/portal/../secret.txt',
    '/portal/assets/../../secret.txt',
    '/portal/manifest.json',
    '/portal/unlisted.txt',
    '/portal//etc/passwd',
    '/portal/..\\secret.txt',
    '/portal/assets/app-1.js.br',
    '/portal/__proto__',
    '/portal/assets/constructor',
  ])('is never another file: %s', (path) => {
    const { statusCode, text } = get(path);

    expect([statusCode, text]).toEqual(
      path.startsWith('/portal/assets/') ? [404, expect.stringContaining('no such file')] : [200, 'page'],
    );
  });

  it('is not found if it is an asset that the build did not make', () => {
    expect(get('/portal/assets/app-0.js')).toMatchObject({ statusCode: 404, headers: { 'cache-control': 'no-store' } });
  });
});

describe('a file', () => {
  it.each([
    ['br, gzip', 'br', 'as br'],
    ['gzip, deflate', 'gzip', 'as gzip'],
    ['gzip;q=1, br;q=0', 'gzip', 'as gzip'],
    ['*', 'br', 'as br'],
    ['identity', undefined, 'plain'],
    [undefined, undefined, 'plain'],
  ])('is sent to who accepts %s as %s', (accepted, encoding, text) => {
    const answer = get('/portal/assets/app-1.js', accepted);

    expect(answer.text).toBe(text);
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.headers).toMatchObject({ vary: 'accept-encoding', 'content-type': 'text/javascript; charset=utf-8' });
  });

  it('is kept for good if its name changes with its content, and asked for again if not', () => {
    expect(get('/portal/assets/app-1.js').headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(get('/portal/').headers['cache-control']).toBe('no-cache');
  });
});

describe('every answer', () => {
  const directives = (policy: unknown) =>
    new Map(
      String(policy)
        .split('; ')
        .map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1).join(' ')]),
    );

  it.each(['/portal/', '/portal/assets/app-1.js', '/portal/assets/none.js'])(
    'lets the page load and call nothing but its own host: %s',
    (path) => {
      const { headers } = get(path);

      expect(Object.fromEntries(directives(headers['content-security-policy']))).toEqual({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'img-src': "'self' data:",
        'connect-src': "'self'",
        'font-src': "'self'",
        'base-uri': "'none'",
        'form-action': "'none'",
        'frame-ancestors': "'none'",
        'require-trusted-types-for': "'script'",
        'trusted-types': "'none'",
      });
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
      });
    },
  );

  it('lets those origins frame the page that the deployment names', () => {
    const { headers } = get('/portal/', undefined, ['https://app.example.com', 'http://localhost:3000']);

    expect(directives(headers['content-security-policy']).get('frame-ancestors')).toBe(
      'https://app.example.com http://localhost:3000',
    );
  });
});
