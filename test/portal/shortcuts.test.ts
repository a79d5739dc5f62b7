import { describe, expect, it } from 'vitest';
import { whySkipped } from '../../bench/portal/chromium.ts';
import { usePortal } from './support/portal.ts';

const portal = usePortal();

describe.skipIf(whySkipped !== undefined)('single keys', { timeout: 60_000 }, () => {
  it('lead to pages and to the first filter, and ? lists them', async () => {
    const { open, tenant } = portal();
    const page = await open({ tenant: tenant() });
    await page.getByRole('heading', { name: 'No endpoint yet' }).waitFor();

    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.getByRole('heading', { name: 'No deliveries yet' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('ge');
    const field = page.getByRole('search').getByLabel('Event type');
    expect(await field.inputValue()).toBe('ge');
    await page.keyboard.press('Tab');
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByText('To the deliveries').waitFor();
  });

  it('do nothing once they are switched off', async () => {
    const { open, tenant } = portal();
    const page = await open({ tenant: tenant(), next: '/help' });
    await page.getByLabel('Use shortcuts of single keys').uncheck();
    await page.getByRole('heading', { level: 1 }).click();

    await page.keyboard.press('?');
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.reload();
    await page.getByRole('heading', { name: 'Help' }).waitFor();
    await page.keyboard.press('?');

    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(page.url()).toMatch(/\/help$/);
    expect(await page.getByLabel('Use shortcuts of single keys').isChecked()).toBe(false);
  });
});
