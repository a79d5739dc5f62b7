import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { whySkipped } from '../../bench/portal/chromium.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { hold } from './support/hold.ts';
import { usePortal } from './support/portal.ts';
import { endpointThat, publishAndWait } from './support/world.ts';

const portal = usePortal();

describe.skipIf(whySkipped !== undefined)('a button', { timeout: 60_000 }, () => {
  it('sends again once, however often it is pressed, and keeps the focus', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    const { hook } = await endpointThat(portal(), tenant, 404);
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant, next: '/deliveries' });
    await page.getByRole('table').getByRole('link').first().click();
    const button = page.getByRole('button', { name: 'Send again' });
    await button.waitFor();
    const { release, asked } = await hold(page, /\/replay$/, 'POST');

    await button.focus();
    for (let press = 0; press < 3; press++) await page.keyboard.press('Enter');
    await page.locator('button[aria-busy=true]', { hasText: 'Send again' }).waitFor();
    expect(await button.evaluate((one) => one === document.activeElement)).toBe(true);
    release();

    await eventually(() => expect(hook.received).toHaveLength(2));
    expect(asked()).toBe(1);
  });

  it('does each act once, however quickly it is pressed twice', async () => {
    const { open, api, tenant: newTenant } = portal();
    const tenant = newTenant();
    const { id } = await endpointThat(portal(), tenant, 404);
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant, next: `/endpoints/${id}` });
    const asked: string[] = [];
    page.on('request', (request) => {
      const path = new URL(request.url()).pathname.replace(`/v1/endpoints/${id}`, '');
      if (request.method() !== 'GET') asked.push(`${request.method()} ${path}`);
    });
    /** Both before the page can be drawn anew. */
    const pressTwice = async (within: Pick<Page, 'getByRole'>, name: string, then: () => Promise<void>) => {
      asked.length = 0;
      const button = within.getByRole('button', { name, exact: true, disabled: false });
      await button.waitFor();
      await button.evaluate((one) => {
        for (let press = 0; press < 2; press++)
          one.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
      });
      await then();
      return [...asked];
    };
    const button = (name: string) => () => page.getByRole('button', { name, exact: true }).waitFor();
    const dialog = page.getByRole('dialog');

    expect(await pressTwice(page, 'Pause', button('Resume'))).toEqual(['PATCH ']);
    expect(await pressTwice(page, 'Resume', button('Pause'))).toEqual(['PATCH ']);
    await page.getByRole('button', { name: 'Rotate secret' }).click();
    const rotated = () => dialog.getByRole('button', { name: 'Close' }).waitFor();
    expect(await pressTwice(dialog, 'Rotate secret', rotated)).toEqual(['POST /secret/rotate']);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Recover since …' }).click();
    const counted = () => dialog.getByText('1 delivery will be sent.').waitFor();
    expect(await pressTwice(dialog, 'Count them', counted)).toEqual(['POST /recover']);
    const started = () => dialog.getByText('1 sent').waitFor();
    expect(await pressTwice(dialog, 'Send 1 delivery', started)).toEqual(['POST /recover']);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await api.patchEndpoint(id, { state: 'disabled' });
    await page.reload();
    expect(await pressTwice(page, 'Enable', button('Pause'))).toEqual(['PATCH ']);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const gone = () => page.getByRole('heading', { name: 'No endpoint yet' }).waitFor();
    expect(await pressTwice(dialog, 'Delete endpoint', gone)).toEqual(['DELETE ']);
  });

  it('takes a double click for one press, also where it is another button by the second', async () => {
    const { open, api, tenant: newTenant } = portal();
    const tenant = newTenant();
    const { id } = await endpointThat(portal(), tenant, 204);
    const page = await open({ tenant, next: `/endpoints/${id}` });

    await page.getByRole('button', { name: 'Pause' }).click();
    const resume = page.getByRole('button', { name: 'Resume' });
    await resume.waitFor();
    await resume.evaluate((one) => one.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 2 })));
    await page.getByRole('button', { name: 'Reveal secret' }).click();
    await page.getByRole('button', { name: 'Hide' }).waitFor();

    expect((await api.endpoint(id)).state).toBe('paused');
  });

  it('adds an endpoint once, however often the form is sent', async () => {
    const { open, api, receivers, tenant: newTenant } = portal();
    const tenant = newTenant();
    const page = await open({ tenant, next: '/endpoints/new' });
    await page.getByLabel('URL', { exact: true }).fill(receivers.hook().url);
    const { release, asked } = await hold(page, /\/v1\/endpoints$/, 'POST');

    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Add endpoint' }).dispatchEvent('click');
    release();
    await page.getByRole('heading', { name: 'The endpoint was added' }).waitFor();

    expect(asked()).toBe(1);
    expect(await api.endpoints(tenant)).toHaveLength(1);
  });
});
