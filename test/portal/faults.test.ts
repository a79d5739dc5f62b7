import type { Page, Route } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { whySkipped } from '../../bench/portal/chromium.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { hold } from './support/hold.ts';
import { usePortal } from './support/portal.ts';
import { endpointThat, publishAndWait } from './support/world.ts';

const portal = usePortal();

/** Where the elements of a page are that match. */
const placesOf = (page: Page, selector: string) =>
  page.locator(selector).evaluateAll((all) => all.map((one) => JSON.stringify(one.getBoundingClientRect())));

describe.skipIf(whySkipped !== undefined)('a slow API', { timeout: 60_000 }, () => {
  it('moves nothing that is drawn already: a list says that it is loading, below its head and filters', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    await endpointThat(portal(), tenant, 204);
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant, next: '/help' });
    const { release } = await hold(page, /\/v1\/deliveries\?/);

    await page.getByRole('link', { name: 'Deliveries', exact: true }).click();
    await page.getByRole('main').locator('[aria-busy=true]', { hasText: 'Loading' }).waitFor();
    const before = await placesOf(page, 'h1, .filter, .refresh');
    expect(before.length).toBeGreaterThan(4);
    release();
    await page.getByRole('table').getByRole('link').first().waitFor();

    expect(await placesOf(page, 'h1, .filter, .refresh')).toEqual(before);
  });

  it('moves no row when its statistics come', async () => {
    const { open, tenant: newTenant } = portal();
    const tenant = newTenant();
    await endpointThat(portal(), tenant, 204, 'One');
    await endpointThat(portal(), tenant, 204, 'Other');
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant, next: '/help' });
    const { release, asked } = await hold(page, /\/stats\?/);

    await page.getByRole('link', { name: 'Endpoints', exact: true }).click();
    // Of each endpoint, and of all together.
    await eventually(() => expect(asked()).toBe(3));
    const before = await placesOf(page, 'tbody tr');
    release();
    await eventually(async () => expect(await page.locator('tbody svg').count()).toBe(2));

    expect(await placesOf(page, 'tbody tr')).toEqual(before);
  });
});

describe.skipIf(whySkipped !== undefined)('a failing API', { timeout: 60_000 }, () => {
  const fail = (route: Route) =>
    route.fulfill({
      status: 500,
      contentType: 'application/problem+json',
      body: '{"type":"about:blank","title":"Internal Server Error","status":500}',
    });

  /** Lets a page's clock run ahead until something is there: repetitions wait for seconds. */
  async function aheadUntil(page: Page, isThere: () => Promise<void>): Promise<void> {
    await eventually(async () => {
      await page.clock.fastForward(5_000);
      await isThere();
    });
  }
  const within = { timeout: 500 };

  it.each([
    ['/endpoints', 'Endpoints', 'No endpoint yet'],
    ['/deliveries', 'Deliveries', 'No deliveries yet'],
    ['/events', 'Events', 'No events yet'],
    ['/jobs', 'Jobs', 'No jobs yet'],
  ])('is said on %s, and tried again when it is asked for', async (path, title, recovered) => {
    const { open, tenant, faults } = portal();
    const page = await open({ tenant: tenant(), next: '/help' });
    await page.clock.install();
    await page.route('**/v1/**', fail);

    await page.getByRole('link', { name: title, exact: true }).click();
    const alert = page.getByRole('alert');
    await aheadUntil(page, () => alert.getByText('Something went wrong on our side').waitFor(within));
    await page.unroute('**/v1/**', fail);
    await alert.getByRole('button', { name: 'Try again' }).click();

    await page.getByRole('heading', { name: recovered }).waitFor();
    expect(page.url()).toContain(`/portal${path}`);
    expect(await alert.count()).toBe(0);
    // The browser itself logs each 500.
    expect(faults.splice(0).every((fault) => fault.includes('500'))).toBe(true);
  });

  it('leaves the rows that are there, says so above them, and recovers by itself', async () => {
    const { open, tenant: newTenant, faults } = portal();
    const tenant = newTenant();
    await endpointThat(portal(), tenant, 204);
    await publishAndWait(portal(), tenant);
    const page = await open({ tenant, next: '/deliveries' });
    const link = page.getByRole('table').getByRole('link', { name: 'order.created' });
    await link.waitFor();
    await page.clock.install();
    await page.route('**/v1/**', fail);

    await page.getByRole('button', { name: 'Refresh now' }).click();
    await aheadUntil(page, () => page.getByText('Something went wrong on our side').waitFor(within));
    expect(await link.count()).toBe(1);
    await page.unroute('**/v1/**', fail);
    await aheadUntil(page, () => page.getByRole('alert').waitFor({ state: 'detached', ...within }));

    expect(await link.count()).toBe(1);
    faults.splice(0);
  });

  it('that cannot be reached at all is told apart from one that fails, and nothing is lost of a form', async () => {
    const { open, tenant, receivers, faults } = portal();
    const page = await open({ tenant: tenant(), next: '/endpoints/new' });
    const { url } = receivers.hook();
    await page.getByLabel('URL', { exact: true }).fill(url);
    await page.route('**/v1/**', (route) => route.abort('connectionrefused'));

    await page.getByRole('button', { name: 'Add endpoint' }).click();
    await page.getByRole('alert').getByText('The API cannot be reached').waitFor();
    expect(await page.getByLabel('URL', { exact: true }).inputValue()).toBe(url);
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Add endpoint' }).click();

    await page.getByRole('heading', { name: 'The endpoint was added' }).waitFor();
    faults.splice(0);
  });

  it('does not use up a link: who could not be signed in tries again', async () => {
    const { link, context, tenant, faults } = portal();
    const page = await (await context()).newPage();
    await page.route('**/redeem', fail);
    await page.goto(await link({ tenant: tenant() }));
    await page.getByRole('heading', { name: 'You could not be signed in' }).waitFor();
    await page.unroute('**/redeem', fail);

    await page.getByRole('button', { name: 'Try again' }).click();

    await page.getByRole('heading', { name: 'Endpoints' }).waitFor();
    faults.splice(0);
  });

  it('whose answer was lost has not used up a link either', async () => {
    const { link, context, tenant, faults } = portal();
    const page = await (await context()).newPage();
    const answerLost = async (route: Route) => {
      await route.fetch();
      await route.abort('connectionreset');
    };
    await page.route('**/redeem', answerLost);
    await page.goto(await link({ tenant: tenant() }));
    await page.getByRole('heading', { name: 'You could not be signed in' }).waitFor();
    await page.unroute('**/redeem', answerLost);

    await page.getByRole('button', { name: 'Try again' }).click();

    await page.getByRole('heading', { name: 'Endpoints' }).waitFor();
    faults.splice(0);
  });
});

describe.skipIf(whySkipped !== undefined)('refreshing by itself', { timeout: 60_000 }, () => {
  /** An empty list of deliveries whose clock a test moves, and how often it has asked. */
  async function openList() {
    const { open, tenant } = portal();
    const page = await open({ tenant: tenant(), next: '/deliveries' });
    const isThere = () => page.getByRole('heading', { name: 'No deliveries yet' }).waitFor();
    await isThere();
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().includes('/v1/deliveries')) asked += 1;
    });
    const reload = async () => {
      await page.reload();
      await isThere();
      asked = 0;
    };
    const ahead = async () => {
      await page.clock.fastForward(6_000);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    };
    const untilAsked = async () => {
      asked = 0;
      await eventually(async () => {
        await ahead();
        expect(asked).toBeGreaterThan(0);
      });
    };
    await page.clock.install();
    await reload();
    return { page, reload, ahead, untilAsked, asked: () => asked };
  }

  it('is paused and goes on where somebody says so, and stays paused through a reload', async () => {
    const { page, reload, ahead, untilAsked, asked } = await openList();
    const box = page.getByRole('checkbox', { name: 'Refresh by itself' });
    await untilAsked();

    await box.uncheck();
    await reload();
    expect(await box.isChecked()).toBe(false);
    for (let period = 0; period < 3; period++) await ahead();
    expect(asked()).toBe(0);

    await box.check();
    await untilAsked();
  });

  it.each([422, 500])(
    'goes on after an answer of %i, and shows what comes once there is another one',
    async (status) => {
      const { page, untilAsked } = await openList();
      const answer = { contentType: 'application/problem+json', body: `{"title":"No","status":${status}}` };
      const refuse = (route: Route) => route.fulfill({ status, ...answer });
      await page.route('**/v1/deliveries?*', refuse);
      const alert = page.getByRole('main').getByRole('alert');
      await eventually(async () => {
        await untilAsked();
        await alert.waitFor({ timeout: 500 });
      });

      await untilAsked();
      await page.unroute('**/v1/deliveries?*', refuse);
      await eventually(async () => {
        await untilAsked();
        await alert.waitFor({ state: 'detached', timeout: 500 });
      });

      // The browser itself logs each of them.
      expect(
        portal()
          .faults.splice(0)
          .every((fault) => fault.includes(String(status))),
      ).toBe(true);
    },
  );

  it('goes on where the browser believes that there is no network', async () => {
    const { page, untilAsked } = await openList();

    await page.evaluate(() => dispatchEvent(new Event('offline')));

    await untilAsked();
  });
});
