import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import * as z from 'zod';
import { type LocalProduct, startLocal } from '../local/product.ts';
import { eventText } from '../payload.ts';
import { launch } from './chromium.ts';
import { multiply } from './multiply.ts';

/** How long a person waits at the portal, also with lists of 2,000 endpoints and 10,000 deliveries. */
export interface PortalReport {
  /** From opening a link, with nothing in the browser's cache, to the rows of the first list: each of several times. */
  readonly firstListMs: readonly number[];
  /** From choosing "Deliveries" to its rows, in an open page. */
  readonly listMs: number;
  /** Rows that were loaded, page by page. */
  readonly deliveries: number;
  readonly endpoints: number;
  /** The longest time for which the page answered nobody. */
  readonly pausesMs: { readonly deliveries: number; readonly endpoints: number };
}

const TENANT = 'many';
const ENDPOINTS = 2_000;
const DELIVERIES = 10_000;
/** Rows of a page of the first list that is opened, in earnest. */
const EVENTS = 50;
const POLL_MS = 200;
const PATIENCE_MS = 60_000;
const OPENINGS = 5;
/** What the browser calls long begins here; of shorter tasks it does not tell. */
const LONG_TASK_MS = 50;

const IN_PAGE = fileURLToPath(new URL('in-page.js', import.meta.url));

/**
 * Opens the portal of a tenant of the local product, then loads each long list to its end, and scrolls through it.
 * @param rowsMax of each list.
 */
export async function measurePortal(rowsMax: number): Promise<PortalReport> {
  const local = await startLocal();
  try {
    await fill(local);
    const browser = await launch();
    try {
      return await measureIn(browser.wsEndpoint(), local, rowsMax);
    } finally {
      await browser.close();
    }
  } finally {
    await local.close();
  }
}

/** An endpoint, and deliveries to it: the page gets them over and over, as many as are wanted. */
async function fill({ publisher, receiver, receiverUrl }: LocalProduct): Promise<void> {
  await publisher.addEndpoint({ tenant: TENANT, url: receiverUrl, event_types: ['bench.many'] });
  const ids: string[] = [];
  for (let n = 0; n < EVENTS; n++) ids.push(await publisher.publish(eventText({ type: 'bench.many', tenant: TENANT })));
  const deadline = performance.now() + PATIENCE_MS;
  while ((await receiver.ask('countOf', ids, z.number())) < EVENTS) {
    assert(performance.now() < deadline, `not all deliveries have arrived after ${PATIENCE_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

async function measureIn(endpoint: string, { publisher }: LocalProduct, rowsMax: number): Promise<PortalReport> {
  const wanted = { endpoints: Math.min(ENDPOINTS, rowsMax), deliveries: Math.min(DELIVERIES, rowsMax) };
  const browser = await chromium.connect(endpoint);
  const open = async (): Promise<{ page: Page; ms: number }> => {
    const url = await publisher.startSession({ tenant: TENANT, capabilities: ['view', 'replay'] });
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
    await page.addInitScript({ path: IN_PAGE });
    const began = performance.now();
    await page.goto(url);
    await page.locator('tbody tr').first().waitFor();
    return { page, ms: performance.now() - began };
  };
  // What the product compiles at the first request is no part of the page.
  await (await open()).page.context().close();
  const firstListMs: number[] = [];
  for (let n = 0; n < OPENINGS; n++) {
    const { page, ms } = await open();
    firstListMs.push(ms);
    await page.context().close();
  }
  const { page } = await open();
  await multiply(page, '/v1/endpoints', wanted.endpoints);
  await multiply(page, '/v1/deliveries', wanted.deliveries);
  await page.reload();
  const endpoints = await loadAll(page);
  await page.getByRole('link', { name: 'Deliveries', exact: true }).click();
  const listMs = z.number().parse(await page.evaluate('bench.untilDeliveries()'));
  const deliveries = await loadAll(page);
  assert.equal(endpoints.rows, wanted.endpoints);
  assert.equal(deliveries.rows, wanted.deliveries);
  return {
    firstListMs,
    listMs,
    deliveries: deliveries.rows,
    endpoints: endpoints.rows,
    pausesMs: { deliveries: deliveries.longestMs, endpoints: endpoints.longestMs },
  };
}

/** Loads a list to its end by its button, and scrolls through all of it and back. */
async function loadAll(page: Page): Promise<{ rows: number; longestMs: number }> {
  await page.locator('tbody tr').first().waitFor();
  await page.evaluate('bench.longTasks = []');
  const rows = z.number().parse(await page.evaluate('bench.loadAll()'));
  // An observer hears of a task a moment after it.
  await sleep(500);
  const tasks = z.array(z.number()).parse(await page.evaluate('bench.longTasks'));
  return { rows, longestMs: Math.max(LONG_TASK_MS, ...tasks) };
}
