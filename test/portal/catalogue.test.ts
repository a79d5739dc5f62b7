import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { whySkipped } from '../../bench/portal/chromium.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { axeFindings } from './support/axe.ts';
import { usePortal } from './support/portal.ts';
import { endpointThat } from './support/world.ts';

const portal = usePortal();

describe.skipIf(whySkipped !== undefined)('the catalogue', { timeout: 60_000 }, () => {
  /** Types of a test's own: the catalogue is the same for all tenants. */
  async function typesOfMine() {
    const mine = `t${randomUUID().slice(0, 8)}`;
    const put = (name: string, body: object) =>
      portal().api.request('PUT', `/v1/event-types/${mine}.${name}`, { body: { schema: true, ...body } });
    await put('paid', { description: 'An invoice was paid.', group: `Billing ${mine}` });
    await put('failed', { description: 'A payment failed.', group: `Billing ${mine}`, deprecated: true });
    await put('signup.created', { description: 'Somebody signed up.' });
    return mine;
  }

  it('stands in groups, says what is deprecated, and is searched', async () => {
    const mine = await typesOfMine();
    const { open, tenant } = portal();
    const page = await open({ tenant: tenant(), next: `/event-types?find=${mine}` });

    const table = page.getByRole('table');
    await table.getByText('Somebody signed up.').waitFor();
    expect(await table.getByRole('rowheader').allTextContents()).toEqual([`Billing ${mine}`, mine]);
    await table.getByRole('row', { name: `${mine}.failed Deprecated` }).waitFor();
    await page.getByLabel('Find').fill('was paid');
    await table.getByText('Somebody signed up.').waitFor({ state: 'detached' });
    await eventually(() => expect(page.url()).toMatch(/find=was\+paid/));
    await table.getByRole('link', { name: `${mine}.paid` }).click();

    await page.getByText(`Group: Billing ${mine}`).waitFor();
    await page.getByRole('radio', { name: 'Python' }).check();
    await page.getByText(`if event["type"] == "${mine}.paid":`).waitFor();
    expect(await axeFindings(page, 'all')).toEqual([]);
  });

  it('is chosen from by groups, without what is deprecated', async () => {
    const mine = await typesOfMine();
    const { open, tenant: newTenant, api, receivers } = portal();
    const tenant = newTenant();
    const page = await open({ tenant, next: '/endpoints/new' });

    await page.getByLabel('URL', { exact: true }).fill(receivers.hook().url);
    await page.getByLabel('Only these').check();
    const group = page.getByRole('group', { name: `Billing ${mine}` });
    expect(await group.getByRole('checkbox').count()).toBe(1);
    await group.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Add endpoint' }).click();

    await page.getByRole('heading', { name: 'The endpoint was added' }).waitFor();
    await page.getByText("import { Webhook } from 'standardwebhooks'").waitFor();
    const { text } = await api.request('GET', `/v1/endpoints?tenant=${tenant}`);
    expect(JSON.parse(text).data[0].event_types).toEqual([`${mine}.paid`]);
  });
});

describe.skipIf(whySkipped !== undefined)('endpoints of one host', { timeout: 60_000 }, () => {
  it('are told apart by their descriptions, else by the ends of their ids', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    await endpointThat(portal(), tenant, 204, 'Orders');
    const { id } = await endpointThat(portal(), tenant, 204);
    const page = await open({ tenant });

    await page.getByRole('link', { name: 'Orders' }).waitFor();
    await page.getByText(`…${id.slice(-6)}`).waitFor();
  });
});
