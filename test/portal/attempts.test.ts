import { describe, expect, it } from 'vitest';
import { whySkipped } from '../../bench/portal/chromium.ts';
import { always } from '../e2e/support/receivers.ts';
import { usePortal } from './support/portal.ts';
import { endpointThat, publishAndWait } from './support/world.ts';

const portal = usePortal();

describe.skipIf(whySkipped !== undefined)('attempts', { timeout: 90_000 }, () => {
  it('show where they went, which may be another URL than the present one, and what came back', async () => {
    const { open, tenant: newTenant, api } = portal();
    const tenant = newTenant();
    const { id, hook } = await endpointThat(portal(), tenant, 500, 'Orders');
    hook.answer(always({ status: 500, headers: { 'x-request-id': 'req_<b>1</b>' } }));
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant, next: `/deliveries?endpoint=${id}` });
    await page.getByRole('table').getByRole('link', { name: 'order.created' }).click();
    const pane = page.getByRole('complementary');

    await pane.getByText('Details', { exact: true }).click();
    await pane.getByText(hook.url, { exact: true }).waitFor();
    await pane.getByText('127.0.0.1', { exact: true }).waitFor();
    await pane.getByText('req_<b>1</b>', { exact: true }).waitFor();
    expect(await pane.getByText('The endpoint has another URL by now.').count()).toBe(0);

    const { status } = await api.request('PATCH', `/v1/endpoints/${id}`, {
      body: { url: `${hook.url}/moved` },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(status).toBe(200);
    await page.reload();
    await pane.getByText(`Sent to ${hook.url}. The endpoint has another URL by now.`).waitFor();
  });

  it('of all endpoints together stand above the list of endpoints', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    const page = await open({ tenant });
    await page.getByRole('heading', { name: 'No endpoint yet' }).waitFor();
    expect(await page.getByRole('region', { name: 'All endpoints, last 24 hours' }).count()).toBe(0);

    await endpointThat(portal(), tenant, 204);
    await endpointThat(portal(), tenant, 500);
    await publishAndWait(portal(), tenant);

    const overview = page.getByRole('region', { name: 'All endpoints, last 24 hours' });
    await expect
      .poll(
        async () => {
          await page.reload();
          await page.getByRole('table').waitFor();
          await page.waitForLoadState('networkidle');
          return (await overview.count()) === 0 ? '' : await overview.getByRole('definition').allTextContents();
        },
        { timeout: 30_000 },
      )
      .toEqual(['1', '1', '50%']);
  });
});
