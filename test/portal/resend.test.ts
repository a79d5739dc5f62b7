import { describe, expect, it } from 'vitest';
import { whySkipped } from '../../bench/portal/chromium.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { always } from '../e2e/support/receivers.ts';
import { axeFindings } from './support/axe.ts';
import { usePortal } from './support/portal.ts';
import { endpointThat, publishAndWait } from './support/world.ts';

const portal = usePortal();

describe.skipIf(whySkipped !== undefined)('many deliveries', { timeout: 90_000 }, () => {
  /** A tenant with two failed deliveries of an endpoint that works by now. */
  async function mended() {
    const tenant = portal().tenant();
    const { id, hook } = await endpointThat(portal(), tenant, 500, 'Orders');
    await publishAndWait(portal(), tenant);
    await publishAndWait(portal(), tenant);
    hook.answer(always({ status: 204 }));
    return { tenant, id, hook };
  }

  it('that failed are counted first, then sent again, and their job is seen to the end', async () => {
    const { tenant, id, hook } = await mended();
    const page = await portal().open({ tenant, next: `/endpoints/${id}` });

    await page.getByRole('button', { name: 'Recover since …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Send failed ones again' });
    await dialog.getByLabel('Since').selectOption('An hour ago');
    await dialog.getByRole('button', { name: 'Count them' }).click();
    await dialog.getByText('2 deliveries will be sent.').waitFor();
    expect(hook.received).toHaveLength(2);
    expect(await axeFindings(page, 'all')).toEqual([]);
    await dialog.getByRole('button', { name: 'Send 2 deliveries' }).click();
    await dialog.getByText('Done', { exact: true }).waitFor();
    await dialog.getByText('2 sent').waitFor();
    await dialog.getByRole('link', { name: 'Open the job' }).click();

    await page.getByRole('heading', { name: 'Failed ones again' }).waitFor();
    await page.getByRole('link', { name: /^Orders/ }).waitFor();
    await eventually(() => expect(hook.received).toHaveLength(4));
    expect(await axeFindings(page, 'all')).toEqual([]);
    await page.getByRole('navigation').getByRole('link', { name: 'Jobs' }).click();
    await page.getByRole('table').getByText('2 sent').waitFor();
  });

  it('that the filters choose are sent again in bulk, and no others', async () => {
    const { tenant, hook } = await mended();
    await publishAndWait(portal(), tenant, { type: 'order.paid' });
    const page = await portal().open({ tenant, next: '/deliveries?type=order.created&period=hour' });

    await page.getByRole('button', { name: 'Resend failed …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('order.created').waitFor();
    await dialog.getByRole('button', { name: 'Count them' }).click();
    await dialog.getByRole('button', { name: 'Send 2 deliveries' }).click();
    await dialog.getByText('Done', { exact: true }).waitFor();

    await eventually(() => expect(hook.received).toHaveLength(5));
  });

  it('that an endpoint never got are found, and another range is another count', async () => {
    const tenant = portal().tenant();
    await endpointThat(portal(), tenant, 204);
    await publishAndWait(portal(), tenant);
    const late = await endpointThat(portal(), tenant, 204, 'Added later');
    const page = await portal().open({ tenant, next: `/endpoints/${late.id}` });

    await page.getByRole('button', { name: 'Replay missing since …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Count them' }).click();
    await dialog.getByText('1 delivery will be sent.').waitFor();
    await dialog.getByLabel('Since').selectOption('A time of your own');
    expect(await dialog.getByText('1 delivery will be sent.').count()).toBe(0);
    await dialog.getByRole('button', { name: 'Count them' }).click();
    await dialog.getByText('Choose a time in the past.').waitFor();
    await dialog.getByLabel('Since').selectOption('An hour ago');
    await dialog.getByRole('button', { name: 'Count them' }).click();
    await dialog.getByRole('button', { name: 'Send 1 delivery' }).click();

    await eventually(() => expect(late.hook.received).toHaveLength(1));
  });

  it('have no button in a session that may not send again', async () => {
    const { tenant, id } = await mended();
    const page = await portal().open({ tenant, capabilities: ['view'], next: `/endpoints/${id}` });
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    expect(await page.getByRole('button', { name: /since/ }).count()).toBe(0);

    await page.getByRole('link', { name: 'Deliveries', exact: true }).click();
    await page.getByRole('table').getByText('order.created').first().waitFor();

    expect(await page.getByRole('button', { name: /Resend/ }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Jobs' }).count()).toBe(0);
  });
});
