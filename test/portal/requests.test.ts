import { describe, expect, inject, it } from 'vitest';
import { whySkipped } from '../../bench/portal/chromium.ts';

/** Asks as a browser does that follows nothing. */
const ask = (path: string, method = 'GET') =>
  fetch(`${inject('product')?.apiUrl}${path}`, { method, redirect: 'manual' });

describe.skipIf(whySkipped !== undefined)('a request for the portal', () => {
  it.each(['/portal', '/portal/deliveries', '/portal/endpoints/ep_1/edit', '/portal/x/y?status=dead'])(
    'is answered with the page, by the synthesised routes: %s',
    async (path) => {
      const response = await ask(path);

      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(await response.text()).toContain('<div id="page">');
    },
  );

  it('that ends in a slash, as links do, is sent on for good, and the code in the fragment stays with the browser', async () => {
    const response = await ask('/portal/');

    expect(response.status).toBe(308);
    expect(response.headers.get('location')).toBe('/portal');
  });

  it('for a file that no build made is refused, with the policy of the page', async () => {
    const response = await ask('/portal/assets/former-1.js');

    expect(response.status).toBe(404);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it.each(['/portal', '/portal/x/y'])(
    'may load what came with it and call its own host, and nothing else: %s',
    async (path) => {
      const { headers } = await ask(path);
      const policy = headers.get('content-security-policy') ?? '';
      const { port } = new URL(policy.split('frame-ancestors ')[1]?.split(';')[0] ?? '');

      expect(port).toBe(String(inject('framePorts')[0]));
      expect(policy.replace(/frame-ancestors [^;]*/, 'frame-ancestors')).toBe(
        [
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'",
          "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors",
          "require-trusted-types-for 'script'; trusted-types 'none'",
        ].join('; '),
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    },
  );

  it('by another method than GET reaches no page', async () => {
    expect((await ask('/portal', 'POST')).status).toBe(404);
  });
});
