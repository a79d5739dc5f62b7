import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { axeFindings, scrollsSideways } from './support/axe.ts';
import { whySkipped } from './support/chromium.ts';
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

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    it.each([380, 1280])('is accessible and scrolls in one direction only, %i pixels wide', async (width) => {
      const { open } = portal();
      const page = await open({ tenant: ids.tenant }, { colorScheme, viewport: { width, height: 900 } });
      const base = page.url().replace(/\/portal\/.*/, '/portal');
      const found: string[] = [];
      for (const { name, path, until } of STATES) {
        await page.goto(`${base}${path(ids)}`);
        await until(page);
        found.push(...(await axeFindings(page)).map((finding) => `${name}: ${finding}`));
        if (await scrollsSideways(page)) found.push(`${name}: scrolls sideways`);
      }
      expect(found).toEqual([]);
    });
  });
});
