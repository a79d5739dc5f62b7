import { afterEach, describe, expect, it } from 'vitest';
import { whySkipped } from '../../bench/portal/chromium.ts';
import { axeFindings } from './support/axe.ts';
import { usePortal } from './support/portal.ts';
import { busyTenant } from './support/world.ts';

const portal = usePortal();

/** Colours as pale as the API takes them: 4.5 to 1 and hardly more. */
const BRAND = { light: '#767676', dark: '#8c8c8c' };
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

describe.skipIf(whySkipped !== undefined)('the settings of the portal', { timeout: 120_000 }, () => {
  const put = async (body: object) => {
    const { status } = await portal().api.request('PUT', '/v1/portal-settings', { body });
    expect(status).toBe(200);
  };
  afterEach(() => put({}));

  it('give it a name, a logo, corners, links and a navigation', async () => {
    await put({
      name: 'Acme <b>Shop</b>',
      logo: PIXEL,
      brand_color: BRAND,
      radius: 3,
      links: [{ label: 'Webhook guide', url: 'https://docs.example.com/webhooks' }],
      hidden_navigation: ['events', 'jobs'],
    });
    const { open, tenant } = portal();
    const page = await open({ tenant: tenant() });

    await page.getByRole('banner').getByText('Acme <b>Shop</b>').waitFor();
    expect(await page.title()).toBe('Endpoints · Acme <b>Shop</b>');
    expect(
      await page
        .getByRole('banner')
        .locator('img')
        .evaluate((one) => Reflect.get(one, 'naturalWidth')),
    ).toBe(1);
    const add = page.getByRole('link', { name: 'Add endpoint' }).first();
    expect(await add.evaluate((one) => getComputedStyle(one).backgroundColor)).toBe('rgb(118, 118, 118)');
    expect(await add.evaluate((one) => getComputedStyle(one).borderRadius)).toBe('3px');
    expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual([
      'Endpoints',
      'Deliveries',
      'Event types',
      'Help',
    ]);
    await page.getByRole('link', { name: 'Help' }).click();
    const guide = page.getByRole('link', { name: 'Webhook guide' });
    expect(await guide.getAttribute('href')).toBe('https://docs.example.com/webhooks');
  });

  it('choose the theme, unless the session or its person does', async () => {
    await put({ theme: 'dark' });
    const { open, tenant } = portal();
    const theme = (page: Awaited<ReturnType<typeof open>>) =>
      page.evaluate(() => document.documentElement.dataset.theme);

    const plain = await open({ tenant: tenant() });
    await plain.getByRole('heading', { name: 'No endpoint yet' }).waitFor();
    expect(await theme(plain)).toBe('dark');
    await plain.getByLabel('Theme').selectOption('Light theme');
    await plain.reload();
    await plain.getByRole('heading', { name: 'No endpoint yet' }).waitFor();
    expect(await theme(plain)).toBe('light');
    const asked = await open({ tenant: tenant(), theme: 'light' });
    await asked.getByRole('heading', { name: 'No endpoint yet' }).waitFor();
    expect(await theme(asked)).toBe('light');
  });

  it.each(['light', 'dark'] as const)('leave all texts readable with the palest brand in %s', async (colorScheme) => {
    await put({ brand_color: BRAND });
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    const { endpointId } = await busyTenant(portal(), tenant);
    const page = await open({ tenant }, { colorScheme });
    const base = page.url().replace(/\/portal\/.*/, '/portal');
    const found: string[] = [];
    for (const path of [
      '/endpoints',
      '/endpoints/new',
      `/endpoints/${endpointId}`,
      '/deliveries?status=dead',
      '/help',
    ]) {
      await page.goto(`${base}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByText('Loading …').first().waitFor({ state: 'detached' });
      found.push(...(await axeFindings(page, 'contrast')).map((finding) => `${path}: ${finding}`));
    }
    expect(found).toEqual([]);
  });

  it('that cannot be read leave the page as it is', async () => {
    const { context, link, tenant, faults } = portal();
    const page = await (await context()).newPage();
    await page.route('**/v1/portal-settings', (route) => route.fulfill({ status: 403 }));
    await page.goto(await link({ tenant: tenant() }));

    await page.getByRole('heading', { name: 'No endpoint yet' }).waitFor();
    await page.getByRole('banner').getByText('Webhooks').waitFor();
    expect(await page.locator('#page').evaluate((one) => getComputedStyle(one).opacity)).toBe('1');
    // The browser itself logs the request that failed.
    expect(faults.splice(0).every((fault) => fault.includes('403'))).toBe(true);
  });
});
