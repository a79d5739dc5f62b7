import { describe, expect, it } from 'vitest';
import { whySkipped } from '../../bench/portal/chromium.ts';
import { multiply } from '../../bench/portal/multiply.ts';
import { usePortal } from './support/portal.ts';
import { endpointThat, publishAndWait } from './support/world.ts';

const portal = usePortal();

describe.skipIf(whySkipped !== undefined)('lists of many', { timeout: 90_000 }, () => {
  it('of 10,000 deliveries come page by page, and nothing claims to know how many there are', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    await endpointThat(portal(), tenant, 204);
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant, next: '/help' });
    await multiply(page, '/v1/deliveries', 10_000);
    await page.getByRole('link', { name: 'Deliveries', exact: true }).click();
    const rows = page.getByRole('table').locator('tbody tr');
    const more = page.getByRole('button', { name: 'Load more' });

    await more.waitFor();
    expect(await rows.count()).toBe(50);
    expect(await page.getByRole('main').textContent()).not.toMatch(/10,000|of \d|\btotal\b/i);
    await more.click();
    await rows.nth(99).waitFor();
    expect(await rows.count()).toBe(100);
    expect(await more.count()).toBe(1);
  });

  it('stay where they are when one opens beside them', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    await endpointThat(portal(), tenant, 204);
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant, next: '/help' });
    await multiply(page, '/v1/deliveries', 50);
    await page.getByRole('link', { name: 'Deliveries', exact: true }).click();
    const row = page.getByRole('table').getByRole('link').nth(0);
    await row.waitFor();
    await page.evaluate(() => scrollTo(0, 600));
    const seen = page.getByRole('table').getByRole('link').nth(20);
    const before = await page.evaluate(() => scrollY);
    expect(before).toBeGreaterThan(0);
    // Its row is of the multiplied ones, which the API does not know: only the list is looked at.
    await page.route(/\/v1\/deliveries\/dlv_/, (route) => route.fulfill({ status: 404, json: {} }));

    await seen.click();
    await page.getByRole('complementary').getByRole('alert').waitFor();

    expect(await seen.getAttribute('aria-current')).toBe('true');
    // Not at the top: the rows above have become higher, and the browser makes up for that.
    expect(await page.evaluate(() => scrollY)).toBeGreaterThanOrEqual(before);
    // The browser itself logs the 404.
    portal().faults.splice(0);
  });

  it('end with the last page: then there is no more to load', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    await endpointThat(portal(), tenant, 204);
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant, next: '/help' });
    await multiply(page, '/v1/deliveries', 60);
    await page.getByRole('link', { name: 'Deliveries', exact: true }).click();

    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByRole('table').locator('tbody tr').nth(59).waitFor();

    expect(await page.getByRole('button', { name: 'Load more' }).count()).toBe(0);
  });

  it('of a tenant with 2,000 endpoints ask for the statistics of those that are seen, and for no more', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    await endpointThat(portal(), tenant, 204, 'One of many');
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant, next: '/help' });
    await multiply(page, '/v1/endpoints', 2_000);
    const askedFor = new Set<string>();
    await page.route(/\/v1\/endpoints\/[^/]+\/stats/, async (route) => {
      askedFor.add(new URL(route.request().url()).pathname);
      const hours = { hours: [], from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
      await route.fulfill({
        json: {
          ...hours,
          total: {
            ...{ attempts: 0, acknowledged: 0, failed: 0, delivered: 0, dead: 0, discarded: 0 },
            ...{ success_rate: null, p50_ms: null, p95_ms: null, p99_ms: null },
          },
        },
      });
    });

    await page.getByRole('link', { name: 'Endpoints', exact: true }).click();
    await page.getByRole('button', { name: 'Load more' }).waitFor();
    const rows = page.getByRole('table').locator('tbody tr');

    expect(await rows.count()).toBe(25);
    expect(askedFor.size).toBeLessThanOrEqual(25);
    await page.getByRole('link', { name: 'Deliveries', exact: true }).click();
    await page.getByRole('table').getByRole('link').first().waitFor();
    // The newest hundred to choose from, and the one that says all.
    expect(await page.getByLabel('Endpoint').getByRole('option').count()).toBe(101);
  });
});
