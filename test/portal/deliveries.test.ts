import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { whySkipped } from '../../bench/portal/chromium.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { always } from '../e2e/support/receivers.ts';
import { tabTo } from './support/keyboard.ts';
import { usePortal } from './support/portal.ts';
import { endpointThat, HOSTILE, publishAndWait } from './support/world.ts';

const portal = usePortal();

describe.skipIf(whySkipped !== undefined)('deliveries', { timeout: 60_000 }, () => {
  it('show a hostile payload exactly, as text: on the page, copied, and downloaded', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    await endpointThat(portal(), tenant, 204);
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant, next: '/deliveries' }, { permissions: ['clipboard-read', 'clipboard-write'] });

    await page.getByRole('table').getByRole('link', { name: 'order.created' }).click();
    const pane = page.getByRole('complementary', { name: 'Delivery order.created' });
    const payload = pane.getByRole('region', { name: 'Payload', exact: true }).locator('pre');
    await payload.waitFor();

    expect(await payload.textContent()).toBe(HOSTILE);
    // Another page of the browser may copy something at the same time.
    await eventually(async () => {
      await payload.locator('xpath=ancestor::section[2]').getByRole('button', { name: 'Copy' }).click();
      await page.getByText('Copied').waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(HOSTILE);
    });
    const downloading = page.waitForEvent('download');
    await pane.getByRole('button', { name: 'Download' }).click();
    expect(await text(await (await downloading).createReadStream())).toBe(HOSTILE);
    await pane.getByRole('button', { name: 'Indent' }).click();
    expect(await payload.textContent()).toBe(
      '{\n  "n": 12345678901234567890,\n  "h": "<img src=x onerror=alert(1)>",\n  "b": 1,\n  "a": 2\n}',
    );
  });

  it('that failed say why, and are sent again once the receiver is mended', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    const { hook } = await endpointThat(portal(), tenant, 404);
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant });

    await page.getByRole('link', { name: 'Deliveries', exact: true }).click();
    await page.getByLabel('Status').selectOption('Failed');
    await page.getByRole('table').getByRole('link', { name: 'order.created' }).click();
    const pane = page.getByRole('complementary', { name: 'Delivery order.created' });

    await pane.getByText('Answered 404').first().waitFor();
    await pane.getByText('There is nothing at this path').waitFor();
    hook.answer(always({ status: 204 }));
    await pane.getByRole('button', { name: 'Send again' }).click();
    await pane.getByText('Delivered', { exact: true }).waitFor();
    expect(hook.received).toHaveLength(2);
    expect(await pane.getByRole('button', { name: 'Send again' }).count()).toBe(1);
  });

  it('that failed are found, understood and sent again by the keyboard alone', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    const { hook } = await endpointThat(portal(), tenant, 503);
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant });
    await page.getByRole('table').getByRole('link').first().waitFor();

    await tabTo(page, 'link', 'Deliveries');
    await page.keyboard.press('Enter');
    await tabTo(page, 'combobox', 'Status');
    // As a closed select takes it: the first letters of the option.
    await page.keyboard.type('Failed');
    await eventually(() => expect(page.url()).toContain('status=dead'));
    await tabTo(page, 'link', 'order.created');
    await page.keyboard.press('Enter');
    const pane = page.getByRole('complementary', { name: 'Delivery order.created' });
    await pane.getByText('Answered 503').first().waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Delivery order.created');
    hook.answer(always({ status: 204 }));
    await tabTo(page, 'button', 'Send again');
    await page.keyboard.press('Enter');
    await pane.getByText('Delivered', { exact: true }).waitFor();

    expect(hook.received).toHaveLength(2);
  });

  it('keep filters and the open one in the address: a reload and a new tab show the same, Back closes it', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    await endpointThat(portal(), tenant, 204);
    await publishAndWait(portal(), tenant, { type: 'order.created' });
    await publishAndWait(portal(), tenant, { type: 'invoice.paid' });
    const page = await open({ tenant, next: '/deliveries' });
    await page.getByRole('link', { name: 'order.created' }).waitFor();
    await page.getByLabel('Event type').fill('invoice.paid');
    await page.getByRole('link', { name: 'order.created' }).waitFor({ state: 'detached' });
    const link = page.getByRole('table').getByRole('link', { name: 'invoice.paid' });
    await link.click();
    await page.getByRole('complementary', { name: 'Delivery invoice.paid' }).waitFor();
    expect(page.url()).toMatch(/\/portal\/deliveries\/dlv_\w+\?type=invoice\.paid$/);

    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByRole('complementary', { name: 'Delivery invoice.paid' }).waitFor();
    await eventually(async () => expect(await other.getByRole('table').getByRole('row').count()).toBe(2));
    expect(await other.getByLabel('Event type').inputValue()).toBe('invoice.paid');

    await page.reload();
    await page.getByRole('complementary', { name: 'Delivery invoice.paid' }).waitFor();
    await eventually(async () => expect(await page.getByRole('table').getByRole('row').count()).toBe(2));

    await page.goBack();
    await page.getByRole('complementary').waitFor({ state: 'detached' });
    await link.click();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').waitFor({ state: 'detached' });
    expect(await link.evaluate((one) => one === document.activeElement)).toBe(true);
  });

  it('say what to do where there is none, and where the filters hide all', async () => {
    const { open, tenant } = portal();
    const page = await open({ tenant: tenant(), next: '/deliveries' });

    await page.getByRole('heading', { name: 'No deliveries yet' }).waitFor();
    await page.getByLabel('Status').selectOption('Failed');
    await page.getByRole('heading', { name: 'No delivery matches these filters' }).waitFor();
    await page.getByRole('link', { name: 'Clear filters' }).click();
    await page.getByRole('heading', { name: 'No deliveries yet' }).waitFor();
  });

  it('have no button that the session may not use', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    await endpointThat(portal(), tenant, 404);
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant, capabilities: ['view'], next: '/deliveries' });

    await page.getByRole('table').getByRole('link', { name: 'order.created' }).click();
    await page.getByRole('complementary').getByText('Answered 404').first().waitFor();

    expect(await page.getByRole('button', { name: 'Send again' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Jobs' }).count()).toBe(0);
  });

  it('load with at most 130 kB of scripts and 10 kB of styles, compressed', async () => {
    const { context, link, tenant } = portal();
    const page = await (await context()).newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(await link({ tenant: tenant() }));
    await page.getByRole('heading', { name: 'No endpoint yet' }).waitFor();

    const bytesOf = async (extension: RegExp) => {
      const urls = [...new Set(asked.filter((url) => extension.test(url)))];
      expect(urls).not.toEqual([]);
      const answers = await Promise.all(urls.map((url) => fetch(url, { headers: { 'accept-encoding': 'gzip' } })));
      for (const { headers } of answers) expect(headers.get('content-encoding')).toBe('gzip');
      return answers.reduce((sum, { headers }) => sum + Number(headers.get('content-length')), 0);
    };
    expect(await bytesOf(/\.js$/)).toBeLessThanOrEqual(130_000);
    expect(await bytesOf(/\.css$/)).toBeLessThanOrEqual(10_000);
  });
});
