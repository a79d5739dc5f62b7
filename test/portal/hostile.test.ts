import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whySkipped } from '../../bench/portal/chromium.ts';
import { usePortal } from './support/portal.ts';
import { publishAndWait } from './support/world.ts';

const portal = usePortal();

/** A mark in each text, so that it is found, with what would run if any of it were more than text. */
const hostile = (mark: string) =>
  `${mark} <img src=x onerror=alert('${mark}')><script>alert('${mark}')</script><a href="javascript:alert(1)">x</a>\u202e{{7*7}}`;

describe.skipIf(whySkipped !== undefined)('texts of strangers are nothing but text', { timeout: 60_000 }, () => {
  /** A receiver whose answers are hostile. */
  const server = createServer((_, response) => {
    response.writeHead(500, { 'content-type': 'text/html' }).end(hostile('excerpt'));
  });
  let ids = { tenant: '', endpointId: '', eventId: '', type: '' };

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { api, tenant: newTenant } = portal();
    const tenant = newTenant();
    const type = `${tenant}.order`;
    await api.request('PUT', `/v1/event-types/${type}`, {
      body: {
        description: hostile('type'),
        schema: { type: 'object', title: hostile('schema'), properties: { '<b>name</b>': { type: 'string' } } },
        example: { text: hostile('example') },
      },
    });
    const { id } = await api.createEndpoint({
      tenant,
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      description: hostile('description'),
      event_types: ['*'],
      headers: { "x-onerror'alert": hostile('value').replace('\u202e', '') },
      metadata: { note: hostile('metadata') },
      retry_policy: { max_attempts: 1 },
    });
    const eventId = await publishAndWait(portal(), tenant, {
      type,
      data: JSON.stringify({ text: hostile('payload') }),
    });
    ids = { tenant, endpointId: id, eventId, type };
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const openPane = async (page: Page) => {
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByText('Its answer begins').click();
  };

  it.each([
    { name: 'endpoints', path: () => '/endpoints', marks: ['description'] },
    { name: 'an endpoint', path: () => `/endpoints/${ids.endpointId}`, marks: ['description'] },
    { name: 'a delivery', path: () => '/deliveries', prepare: openPane, marks: ['description', 'payload', 'excerpt'] },
    { name: 'an event', path: () => `/events/${ids.eventId}`, marks: ['payload', 'description'] },
    { name: 'an event type', path: () => `/event-types/${ids.type}`, marks: ['type', 'schema', 'example'] },
  ])('on the page of $name', async ({ path, prepare, marks }) => {
    const page = await portal().open({ tenant: ids.tenant, next: path() });
    await prepare?.(page);
    const main = page.getByRole('main');
    const text = async () => (await main.textContent()) ?? '';
    for (const mark of marks) {
      await expect
        .poll(text, { timeout: 10_000 })
        .toMatch(new RegExp(`${mark} <img src=x onerror=alert\\('${mark}'\\)>`));
    }

    expect(await main.locator('img, script, iframe, object, a[href^="javascript:"]').count()).toBe(0);
    // Values of headers are nobody's to see, not even of who set them.
    expect(await page.content()).not.toContain('value <img');
  });

  it('in the form of an endpoint, where they are values', async () => {
    const page = await portal().open({ tenant: ids.tenant, next: `/endpoints/${ids.endpointId}/edit` });

    const description = page.getByLabel('Description');
    await expect.poll(() => description.inputValue(), { timeout: 20_000 }).toContain('description <img src=x');
    expect(await page.getByRole('main').locator('img, script').count()).toBe(0);
  });

  it('in the address', async () => {
    const attempt = encodeURIComponent(hostile('address'));
    const { open, faults } = portal();
    const page = await open({ tenant: ids.tenant, next: `/deliveries?type=${attempt}&status=${attempt}` });
    await page.getByRole('alert').waitFor();

    expect(await page.getByLabel('Event type').inputValue()).toBe(hostile('address'));
    expect(await page.getByLabel('Status').inputValue()).toBe('');
    expect(await page.getByRole('main').locator('img, script').count()).toBe(0);
    // The browser itself logs the 422.
    expect(faults.splice(0).every((fault) => fault.includes('422'))).toBe(true);
  });
});
