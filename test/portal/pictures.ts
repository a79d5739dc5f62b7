import { mkdirSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { launch } from '../../bench/portal/chromium.ts';
import { CAPABILITIES } from '../../core/sessions/capabilities.ts';
import { createApi } from '../e2e/support/api.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { startProduct } from '../e2e/support/product.ts';
import type { Target } from '../e2e/support/target.ts';

/**
 * `npm run pictures`: draws every page of the portal, in both schemes, into docs/pictures/. It runs the local product with a tenant
 * as there are many, takes a picture of each page, and says how large each is. It needs a Chromium, as the portal's tests do.
 *
 * Everything is drawn as the product answers it, but for the host of the endpoints: they are on this machine, and the pictures
 * say what they would be called elsewhere.
 */

const FOLDER = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));
const LARGEST_BYTES = 150_000;
const WINDOW = { width: 1100, height: 640 };
const TENANT = 'acme';

/** What acme's receivers answer: each has a port of its own, since lists name no more of a URL than its host. */
const RECEIVERS = {
  orders: { host: 'hooks.acme.example', status: 200, body: '{"received":true}' },
  billing: { host: 'billing.acme.example', status: 500, body: 'upstream connect error: connection timeout' },
  warehouse: { host: 'warehouse.example.net', status: 204, body: '' },
  crm: { host: 'crm.example.org', status: 404, body: '<html><body>No such hook</body></html>' },
} as const;
type Name = keyof typeof RECEIVERS;
type Ports = ReadonlyMap<number, Name>;

const TYPES = [
  [
    'order.created',
    'An order was placed, and its payment was accepted.',
    { order_id: 'ord_98765', amount: 4990, currency: 'EUR' },
  ],
  [
    'order.shipped',
    'All items of an order have left the warehouse.',
    { order_id: 'ord_98765', carrier: 'DHL', parcels: 2 },
  ],
  ['invoice.paid', 'An invoice was paid in full.', { invoice_id: 'inv_20931', amount: 12_900, currency: 'EUR' }],
  [
    'customer.updated',
    'The address or the contact of a customer changed.',
    { customer_id: 'cus_4711', changed: ['email'] },
  ],
] as const;

interface Ids {
  readonly orders: string;
  readonly billing: string;
  readonly event: string;
  readonly dead: string;
}

/** Every page: its file, where it is, and what to do and wait for before the picture is taken. */
const PAGES: readonly { name: string; path: (ids: Ids) => string; prepare: (page: Page) => Promise<void> }[] = [
  { name: 'endpoints', path: () => '/endpoints', prepare: rows },
  {
    name: 'endpoint',
    path: ({ orders }) => `/endpoints/${orders}`,
    prepare: async (page) => {
      await page.getByRole('heading', { name: 'Settings' }).waitFor();
      await rows(page);
    },
  },
  { name: 'endpoint-failing', path: ({ billing }) => `/endpoints/${billing}`, prepare: rows },
  { name: 'endpoint-new', path: () => '/endpoints/new', prepare: fillForm },
  { name: 'deliveries', path: () => '/deliveries', prepare: rows },
  {
    name: 'delivery',
    path: ({ dead }) => `/deliveries/${dead}?status=dead`,
    prepare: (page) => page.getByText('Attempt 1').first().waitFor(),
  },
  { name: 'events', path: () => '/events', prepare: rows },
  { name: 'event', path: ({ event }) => `/events/${event}`, prepare: (page) => page.locator('.pane pre').waitFor() },
  { name: 'event-types', path: () => '/event-types', prepare: rows },
  {
    name: 'event-type',
    path: () => '/event-types/order.created',
    prepare: (page) => page.getByText('Example').first().waitFor(),
  },
  { name: 'jobs', path: () => '/jobs', prepare: (page) => page.getByText('Done').first().waitFor() },
  {
    name: 'help',
    path: () => '/help',
    prepare: (page) => page.getByRole('heading', { name: 'Verify a webhook' }).waitFor(),
  },
];

await using receivers = await startReceivers();
const [product, server] = await Promise.all([startProduct({ scheduleSeconds: 1, circuitFailures: 25 }), launch()]);
try {
  const ids = await fill(product.target, receivers.ports);
  const browser = await chromium.connect(server.wsEndpoint());
  for (const colorScheme of ['light', 'dark'] as const) {
    await draw(browser, product.target, receivers.ports, colorScheme, ids);
  }
} finally {
  await server.close();
  await product.close();
}

async function draw(
  browser: Browser,
  target: Target,
  ports: Ports,
  colorScheme: 'light' | 'dark',
  ids: Ids,
): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const context = await browser.newContext({
    viewport: WINDOW,
    colorScheme,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  });
  await nameHosts(context, target, ports);
  for (const { name, path, prepare } of PAGES) {
    const { text } = await createApi(target).request('POST', '/v1/portal-sessions', {
      body: {
        tenant: TENANT,
        capabilities: CAPABILITIES,
        next: path(ids),
        return_url: 'https://shop.example.com/settings',
      },
    });
    const page = await context.newPage();
    await page.goto(JSON.parse(text).url);
    await prepare(page);
    // Whatever is still being read, such as statistics.
    await page.waitForLoadState('networkidle');
    await sleep(200);
    const file = `portal-${name}-${colorScheme}.png`;
    await page.screenshot({ path: `${FOLDER}${file}`, animations: 'disabled', caret: 'hide' });
    await page.close();
    const bytes = statSync(`${FOLDER}${file}`).size;
    console.log(`${file}: ${Math.round(bytes / 1024)} KB`);
    if (bytes > LARGEST_BYTES) throw new Error(`${file} has ${bytes} bytes, more than ${LARGEST_BYTES}.`);
  }
  await context.close();
}

/** Gives the endpoints of this machine the names that they would have elsewhere, in each answer that the page reads. */
async function nameHosts(context: BrowserContext, { apiUrl }: Target, ports: Ports): Promise<void> {
  await context.route(`${apiUrl}/v1/**`, async (route) => {
    const response = await route.fetch();
    const named = (await response.text()).replaceAll(/http:\/\/127\.0\.0\.1:(\d+)/g, (whole, port: string) => {
      const name = ports.get(Number(port));
      return name === undefined ? whole : `https://${RECEIVERS[name].host}`;
    });
    await route.fulfill({ response, body: named });
  });
}

/** A tenant as there are many: endpoints that work, that fail and that are paused; deliveries of every status; a job that is done. */
async function fill(target: Target, ports: Ports): Promise<Ids> {
  const api = createApi(target);
  for (const [type, description, example] of TYPES) {
    const schema = { type: 'object', properties: Object.fromEntries(Object.keys(example).map((key) => [key, {}])) };
    await api.request('PUT', `/v1/event-types/${type}`, { body: { description, schema, example } });
  }
  const portOf = new Map([...ports].map(([port, name]) => [name, port]));
  const add = async (name: Name, settings: object) => {
    const retry_policy = { initial_delay_seconds: 1, backoff_factor: 2, max_attempts: 3, max_delay_seconds: 60 };
    const input = {
      tenant: TENANT,
      url: `http://127.0.0.1:${portOf.get(name)}/webhooks`,
      retry_policy,
      event_types: ['*'],
    };
    return (await api.createEndpoint({ ...input, ...settings })).id;
  };
  const crm = await add('crm', {
    description: 'CRM',
    event_types: ['customer.updated'],
    retry_policy: { max_attempts: 1 },
  });
  const warehouse = await add('warehouse', { description: 'Warehouse', event_types: ['order.*'] });
  const billing = await add('billing', { description: 'Billing', event_types: ['invoice.paid', 'order.created'] });
  const orders = await add('orders', { description: 'Order service' });
  const events: string[] = [];
  for (let round = 0; round < 6; round++) {
    for (const [type, , data] of TYPES) {
      const event = { tenant: TENANT, type, data, metadata: { source: 'shop' } };
      events.push((await api.publish(JSON.stringify(event))).id);
    }
  }
  await eventually(async () => {
    const open = (await api.deliveries({ tenant: TENANT })).filter(({ status }) => status === 'retrying');
    if (open.length > 0) throw new Error(`${open.length} deliveries have not ended.`);
    const dead = await api.deliveries({ tenant: TENANT, status: 'dead', endpoint_id: crm });
    if (dead.length < 6) throw new Error('The deliveries to the CRM have not ended.');
  });
  await api.patchEndpoint(warehouse, { state: 'paused' });
  const held = { tenant: TENANT, type: 'order.shipped', data: { order_id: 'ord_98766', carrier: 'UPS', parcels: 1 } };
  const { id: event } = await api.publish(JSON.stringify(held));
  const { id: job } = await api.recover(crm, { since: new Date(Date.now() - 3_600_000).toISOString() });
  await eventually(async () => {
    const { status } = await api.job(job);
    if (status !== 'completed') throw new Error(`The job is ${status}.`);
    const waiting = await api.deliveries({ tenant: TENANT, status: 'waiting' });
    if (waiting.length === 0) throw new Error('Nothing waits for the paused endpoint.');
    const { total } = await api.stats(orders);
    if (total.attempts < events.length) throw new Error('The statistics have not been counted.');
  });
  const [dead] = await api.deliveries({ tenant: TENANT, status: 'dead', endpoint_id: billing });
  const [latest] = await api.deliveries({ tenant: TENANT, endpoint_id: crm });
  const shown = dead ?? latest;
  if (shown === undefined) throw new Error('No delivery failed.');
  return { orders, billing, event, dead: shown.id };
}

async function startReceivers(): Promise<AsyncDisposable & { readonly ports: Ports }> {
  const servers: Server[] = [];
  const ports = new Map<number, Name>();
  for (const name of ['orders', 'billing', 'warehouse', 'crm'] as const) {
    const { status, body } = RECEIVERS[name];
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(status).end(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
    ports.set((server.address() as AddressInfo).port, name);
  }
  return {
    ports,
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

async function rows(page: Page): Promise<void> {
  await page.getByRole('table').getByRole('link').first().waitFor();
}

async function fillForm(page: Page): Promise<void> {
  await page.getByLabel('URL', { exact: true }).fill('https://hooks.acme.example/webhooks');
  await page.getByLabel('Description').fill('Order service');
  await page.getByLabel('Only these').check();
}
