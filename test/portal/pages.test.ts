import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { whySkipped } from '../../bench/portal/chromium.ts';
import { axeFindings, scrollsSideways } from './support/axe.ts';
import { usePortal } from './support/portal.ts';
import { busyTenant } from './support/world.ts';

const portal = usePortal();

interface State {
  readonly name: string;
  /** The path that it begins with. */
  readonly path: (ids: { endpointId: string; eventId: string; tenant: string }) => string;
  /** What is there once it is drawn. */
  readonly until: (page: Page) => Promise<void>;
}

const heading = (name: string) => (page: Page) => page.getByRole('heading', { name, exact: true }).waitFor();
const rows = async (page: Page) => {
  await page.getByRole('table').getByRole('link').first().waitFor();
};

/** Every page, pane and dialog. */
const STATES: readonly State[] = [
  { name: 'endpoints', path: () => '/endpoints', until: rows },
  {
    name: 'an endpoint',
    path: ({ endpointId }) => `/endpoints/${endpointId}`,
    until: async (page) => {
      await page.getByRole('heading', { name: 'Settings' }).waitFor();
      await rows(page);
    },
  },
  {
    name: 'a new endpoint',
    path: () => '/endpoints/new',
    until: async (page) => {
      await page.getByLabel('Only these').check();
      await page.getByText('Advanced settings').click();
    },
  },
  {
    name: 'a changed endpoint',
    path: ({ endpointId }) => `/endpoints/${endpointId}/edit`,
    until: heading('Edit endpoint'),
  },
  {
    name: 'a test',
    path: ({ endpointId }) => `/endpoints/${endpointId}`,
    until: async (page) => {
      await page.getByRole('button', { name: 'Send test' }).click();
      await page.getByRole('dialog', { name: 'Send a test event' }).waitFor();
    },
  },
  {
    name: 'a deletion',
    path: ({ endpointId }) => `/endpoints/${endpointId}`,
    until: async (page) => {
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'deliveries', path: () => '/deliveries', until: rows },
  {
    name: 'a delivery',
    path: () => '/deliveries?status=dead',
    until: async (page) => {
      await page.getByRole('table').getByRole('link').first().click();
      await page.getByRole('complementary').getByRole('region', { name: 'Payload', exact: true }).first().waitFor();
      await page.getByText('Attempt 1').waitFor();
    },
  },
  { name: 'no delivery', path: () => '/deliveries?type=none', until: heading('No delivery matches these filters') },
  { name: 'events', path: () => '/events', until: rows },
  {
    name: 'an event',
    path: ({ eventId }) => `/events/${eventId}`,
    until: heading('Its deliveries'),
  },
  { name: 'event types', path: () => '/event-types', until: rows },
  { name: 'an event type', path: ({ tenant }) => `/event-types/${tenant}.order.created`, until: heading('Example') },
  { name: 'jobs', path: () => '/jobs', until: heading('Jobs') },
  { name: 'help', path: () => '/help', until: heading('Help') },
  { name: 'no page', path: () => '/nothing', until: heading('There is no such page') },
];

describe.skipIf(whySkipped !== undefined)('every page', { timeout: 120_000 }, () => {
  let ids = { endpointId: '', eventId: '', tenant: '' };
  beforeAll(async () => {
    const tenant = portal().tenant();
    ids = { tenant, ...(await busyTenant(portal(), tenant)) };
  });

  it.each(STATES)('is accessible in both schemes and scrolls in one direction only: $name', async ({ path, until }) => {
    const page = await portal().open({ tenant: ids.tenant, next: path(ids) });
    await until(page);
    const found: string[] = [];
    for (const width of [1280, 380]) {
      await page.setViewportSize({ width, height: 900 });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        // Nothing but colours differs between the schemes, and they change at once where motion is reduced.
        const findings = await axeFindings(page, colorScheme === 'light' ? 'all' : 'contrast');
        found.push(...findings.map((finding) => `${width} pixels, ${colorScheme}: ${finding}`));
      }
      if (await scrollsSideways(page)) found.push(`${width} pixels: scrolls sideways`);
    }
    expect(found).toEqual([]);
  });

  const CHANGES = /add|edit|save|send|test|pause|resume|enable|disable|delete|rotate|reveal|recover|again|cancel/i;
  /** The pages with something to do. */
  const DOING = ['endpoints', 'an endpoint', 'a delivery', 'an event', 'an event type'];

  it.each(STATES.filter(({ name }) => DOING.includes(name)))(
    'offers nothing that a session which may only look is refused: $name',
    async ({ path, until }) => {
      const page = await portal().open({ tenant: ids.tenant, capabilities: ['view'], next: path(ids) });
      await until(page);
      const offered = await page.getByRole('main').locator('button, a.button').allTextContents();

      expect(offered.filter((text) => CHANGES.test(text))).toEqual([]);
    },
  );
});
