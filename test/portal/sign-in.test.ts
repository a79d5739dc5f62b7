import { createServer } from 'node:http';
import type { Page } from 'playwright-core';
import { describe, expect, inject, it } from 'vitest';
import { whySkipped } from '../../bench/portal/chromium.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { usePortal } from './support/portal.ts';
import { endpointThat } from './support/world.ts';

const portal = usePortal();

describe.skipIf(whySkipped !== undefined)('signing in', { timeout: 60_000 }, () => {
  it('takes the code out of the address bar and the history, and uses it once', async () => {
    const { link, context, tenant } = portal();
    const url = await link({ tenant: tenant() });
    const page = await (await context()).newPage();
    // Before anything else is asked, and so before the page's own routes may take it away.
    const whileRedeemed: string[] = [];
    await page.route('**/redeem', async (route) => {
      whileRedeemed.push(page.url(), await page.evaluate(() => location.href));
      await route.continue();
    });

    await page.goto(url);
    await page.getByRole('heading', { name: 'Endpoints' }).waitFor();

    expect(whileRedeemed).toHaveLength(2);
    for (const address of [...whileRedeemed, page.url()]) expect(address).not.toContain('code');
    expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2);
    await page.reload();
    await page.getByRole('heading', { name: 'Endpoints' }).waitFor();
  });

  it('says of a used link that it was used', async () => {
    const { link, context, tenant, faults } = portal();
    const url = await link({ tenant: tenant() });
    const first = await (await context()).newPage();
    await first.goto(url);
    await first.getByRole('navigation', { name: 'Main' }).waitFor();

    const second = await (await context()).newPage();
    await second.goto(url);

    await second.getByRole('heading', { name: /was used/ }).waitFor();
    expect(second.url()).not.toContain('code');
    // The browser itself logs the 410.
    expect(faults.splice(0)).toEqual([expect.stringContaining('410')]);
  });

  it('says who has no session how to come back, without asking for anything', async () => {
    const page = await (await portal().context()).newPage();

    await page.goto(`${portal().target.apiUrl}/portal/deliveries`);

    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
  });

  it('gives a new tab the session of an open one', async () => {
    const { open, tenant, target } = portal();
    const page = await open({ tenant: tenant() });

    const other = await page.context().newPage();
    await other.goto(`${target.apiUrl}/portal/events`);

    await other.getByRole('heading', { name: 'Events', exact: true }).waitFor();
  });

  it('begins with the page that the session names', async () => {
    const { open, tenant } = portal();

    const page = await open({ tenant: tenant(), next: '/deliveries?status=dead' });

    await page.getByRole('heading', { name: 'Deliveries' }).waitFor();
    expect(page.url()).toMatch(/\/portal\/deliveries\?status=dead$/);
    expect(await page.getByLabel('Status').inputValue()).toBe('dead');
  });
});

describe.skipIf(whySkipped !== undefined)('a session that ends', { timeout: 60_000 }, () => {
  /**
   * From now on, a page's requests bear a token that is not valid any more, so that the API itself refuses them. Ending the session
   * of the page takes up to a minute, as long as the API believes what it read of one.
   */
  async function endSessionOf(page: Page): Promise<void> {
    const token = 'pst_0000000000000000000000000000000000000000000';
    await page.route('**/v1/**', (route) =>
      route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${token}` } }),
    );
  }

  it('in the middle of work is said to have ended, with the way back, and nothing is asked again and again', async () => {
    const { open, tenant: newTenant, faults } = portal();
    const tenant = newTenant();
    await endpointThat(portal(), tenant, 204);
    const page = await open({ tenant, returnUrl: 'https://shop.example.com/settings' });
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();

    await endSessionOf(page);
    await page.getByRole('button', { name: 'Pause' }).click();

    await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
    const back = page.getByRole('link', { name: /Go back/ });
    expect(await back.getAttribute('href')).toBe('https://shop.example.com/settings');
    expect(page.url()).toContain(portal().target.apiUrl);
    // The browser itself logs the 401.
    expect(faults.splice(0).every((fault) => fault.includes('401'))).toBe(true);

    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.reload();
    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
    expect(asked.filter((url) => url.includes('/v1/'))).toEqual([]);
  });

  it('without a way back is said to have ended, and where to begin again', async () => {
    const { open, tenant, faults } = portal();
    const page = await open({ tenant: tenant() });
    await endSessionOf(page);

    await page.getByRole('link', { name: 'Events', exact: true }).click();

    await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
    await page.getByText('Open this page again from the product that led you here.').waitFor();
    expect(await page.getByRole('link').count()).toBe(0);
    expect(faults.splice(0).every((fault) => fault.includes('401'))).toBe(true);
  });

  it('is not taken by a new tab from one that has none any more', async () => {
    const { open, tenant, faults, target } = portal();
    const page = await open({ tenant: tenant() });
    await endSessionOf(page);
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
    faults.splice(0);

    const other = await page.context().newPage();
    await other.goto(`${target.apiUrl}/portal/events`);

    await other.getByRole('heading', { name: 'You are not signed in' }).waitFor();
  });
});

describe.skipIf(whySkipped !== undefined)('in a frame of another site', { timeout: 60_000 }, () => {
  /** A site whose page shows whatever link it is given, and a fresh one when the portal asks for a session. */
  async function site(port: number, nextLink: () => Promise<string>) {
    const page = `<!doctype html><title>Shop</title><iframe id="portal" title="Webhooks" width="1000" height="700"></iframe>
      <script>
        const load = async () => { portal.src = await (await fetch('/link')).text(); };
        const portal = document.getElementById('portal');
        addEventListener('message', ({ data }) => { if (data?.type === 'postrider.session-needed') load(); });
        load();
      </script>`;
    const server = createServer(async (request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(request.url === '/link' ? await nextLink() : request.url === '/' ? page : '');
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return {
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  it('works without storage, and survives a reload by asking the page around it', async () => {
    const { link, context, tenant: newTenant } = portal();
    const [port] = inject('framePorts');
    const tenant = newTenant();
    await using _ = await site(port, () => link({ tenant }));
    const page = await (await context()).newPage();
    await page.goto(`http://shop.test:${port}/`);
    const frame = page.frameLocator('#portal');
    await frame.getByRole('heading', { name: 'Endpoints' }).waitFor();

    const inner = page.frames().find((one) => one.url().includes('/portal'));
    const storage = await inner?.evaluate(() => {
      try {
        return String(sessionStorage.length);
      } catch (fault) {
        return fault instanceof DOMException ? fault.name : 'other';
      }
    });
    expect(storage).toBe('SecurityError');
    await inner?.evaluate(() => location.reload());

    await eventually(() => frame.getByRole('heading', { name: 'Endpoints' }).waitFor({ timeout: 1_000 }));
  });

  it('does not show in a frame of a site that the deployment does not name', async () => {
    const { link, context, tenant, faults } = portal();
    const [, port] = inject('framePorts');
    await using _ = await site(port, () => link({ tenant: tenant() }));
    const page = await (await context()).newPage();

    await page.goto(`http://stranger.test:${port}/`);

    await eventually(() => expect(faults.join('\n')).toMatch(/frame-ancestors/));
    expect(await page.frameLocator('#portal').getByRole('navigation').count()).toBe(0);
    faults.splice(0);
  });
});
