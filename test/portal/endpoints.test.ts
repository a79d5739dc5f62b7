import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { whySkipped } from '../../bench/portal/chromium.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { tabTo } from './support/keyboard.ts';
import { usePortal } from './support/portal.ts';
import { endpointThat, publishAndWait } from './support/world.ts';

const portal = usePortal();

describe.skipIf(whySkipped !== undefined)('endpoints', { timeout: 90_000 }, () => {
  it('are added, tried and seen to work by labels alone: the receiver verifies with the copied secret', async () => {
    const { open, tenant, receivers } = portal();
    const hook = receivers.hook();
    const page = await open({ tenant: tenant() }, { permissions: ['clipboard-read', 'clipboard-write'] });

    await page.getByRole('link', { name: 'Add endpoint' }).first().click();
    await page.getByLabel('URL', { exact: true }).fill(hook.url);
    await page.getByRole('button', { name: 'Add endpoint' }).click();
    await page.getByRole('heading', { name: 'The endpoint was added' }).waitFor();
    // Another page of the browser may copy something at the same time.
    const secret = await eventually(async () => {
      await page.getByRole('button', { name: 'Copy secret' }).click();
      await page.getByText('Copied').waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      expect(copied).toMatch(/^whsec_/);
      return copied;
    });
    await page.getByRole('button', { name: 'Send test' }).click();
    await page.getByRole('dialog').getByLabel('Payload').fill('{"n":12345678901234567890}');
    await page.getByRole('dialog').getByRole('button', { name: 'Send test' }).click();
    await page.getByRole('link', { name: 'Look at its delivery' }).click();

    await page.getByRole('complementary').getByText('Delivered', { exact: true }).waitFor();
    const [received] = hook.received;
    expect(received?.body.toString()).toContain('12345678901234567890');
    expect(() => new Webhook(secret).verify(received?.body ?? '', { ...received?.headers })).not.toThrow();
  });

  it('are added and tried by the keyboard alone', async () => {
    const { open, tenant, receivers } = portal();
    const hook = receivers.hook();
    const page = await open({ tenant: tenant() });
    await page.getByRole('heading', { name: 'No endpoint yet' }).waitFor();

    await tabTo(page, 'link', 'Add endpoint');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Add an endpoint' }).waitFor();
    await tabTo(page, 'textbox', 'URL');
    await page.keyboard.type(hook.url);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'The endpoint was added' }).waitFor();
    await tabTo(page, 'button', 'Send test');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo(page, 'button', 'Send test');
    await page.keyboard.press('Enter');
    await page.getByText('The test is on its way.').waitFor();
    await page.keyboard.press('Escape');

    await eventually(() => expect(hook.received).toHaveLength(1));
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Send test');
  });

  it('are paused, changed and deleted on their page', async () => {
    const { open, tenant: newTenant, api } = portal();
    const tenant = newTenant();
    const { id } = await endpointThat(portal(), tenant, 204);
    const page = await open({ tenant });
    await page.getByRole('table').getByRole('link').first().click();

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Its deliveries are held').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Description').fill('Orders');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('Orders').waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete endpoint' }).click();

    await page.getByRole('heading', { name: 'No endpoint yet' }).waitFor();
    expect((await api.request('GET', `/v1/endpoints/${id}`)).status).toBe(404);
  });

  it('say when they are tried again while their circuit is open, and count down to it', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    const { id } = await endpointThat(portal(), tenant, 500);
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant, next: '/help' });
    const health = {
      ...{ circuit: 'open', consecutive_failures: 10 },
      next_probe_at: new Date(Date.now() + 55_000).toISOString(),
    };
    await page.route(`**/v1/endpoints/${id}`, async (route) => {
      const endpoint = await (await route.fetch()).json();
      await route.fulfill({ json: { ...endpoint, health } });
    });
    const waiting = { status: 'waiting', waiting_for: 'circuit', next_attempt_at: null };
    await page.route(/\/v1\/deliveries\/dlv_/, async (route) => {
      const delivery = await (await route.fetch()).json();
      await route.fulfill({ json: { ...delivery, ...waiting } });
    });

    await page.goto(page.url().replace('/help', `/endpoints/${id}`));
    const main = page.getByRole('main');
    const probe = main.getByText(/Next probe in \d+ s/);
    const first = await probe.textContent();
    expect(await main.getByText('Circuit open').count()).toBe(1);
    await eventually(async () => expect(await probe.textContent()).not.toBe(first));
    await main.getByRole('table').getByRole('link').first().click();

    await page
      .getByRole('complementary')
      .getByText(/Next probe in \d+ s/)
      .waitFor();
  });

  it('show their secret only when it is asked for, and rotate it', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    const { id } = await endpointThat(portal(), tenant, 204);
    const page = await open({ tenant, next: `/endpoints/${id}` });
    const secret = page.getByRole('region', { name: 'Signing secret', exact: true });
    await secret.getByRole('button', { name: 'Reveal secret' }).waitFor();
    expect(await page.content()).not.toMatch(/whsec_[A-Za-z0-9]/);

    await secret.getByRole('button', { name: 'Reveal secret' }).click();
    const first = await secret.getByText(/^whsec_[A-Za-z0-9+/=]+$/).textContent();
    await secret.getByRole('button', { name: 'Rotate secret' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
    const second = await page
      .getByRole('dialog')
      .getByText(/^whsec_[A-Za-z0-9+/=]+$/)
      .textContent();

    expect(second).not.toBe(first);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await secret.getByRole('button', { name: 'Reveal secret' }).waitFor();
    expect(await page.content()).not.toMatch(/whsec_[A-Za-z0-9]/);
  });

  it('say at the field what is wrong with it', async () => {
    const { open, tenant, faults } = portal();
    const page = await open({ tenant: tenant(), next: '/endpoints/new' });

    await page.getByLabel('URL', { exact: true }).fill('not a url');
    await page.getByRole('button', { name: 'Add endpoint' }).click();

    const url = page.getByLabel('URL', { exact: true });
    await eventually(async () => expect(await url.getAttribute('aria-invalid')).toBe('true'));
    expect(await url.evaluate((one) => one === document.activeElement)).toBe(true);
    // The browser itself logs the 422.
    faults.splice(0);
  });

  it('have no button that the session may not use', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    const { id } = await endpointThat(portal(), tenant, 204);
    const page = await open({ tenant, capabilities: ['view'] });
    expect(await page.getByRole('link', { name: 'Add endpoint' }).count()).toBe(0);

    await page.goto(page.url().replace(/endpoints.*/, `endpoints/${id}`));
    await page.getByRole('heading', { name: 'Settings' }).waitFor();

    for (const name of ['Send test', 'Pause', 'Delete', 'Reveal secret', 'Rotate secret']) {
      expect(await page.getByRole('button', { name }).count(), name).toBe(0);
    }
    expect(await page.getByRole('link', { name: 'Edit' }).count()).toBe(0);
  });
});
