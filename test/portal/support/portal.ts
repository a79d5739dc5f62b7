import { randomUUID } from 'node:crypto';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import { whySkipped } from '../../../bench/portal/chromium.ts';
import { type Api, createApi } from '../../e2e/support/api.ts';
import { type Receivers, startReceivers } from '../../e2e/support/receivers.ts';
import type { Target } from '../../e2e/support/target.ts';

export const ALL = ['view', 'manage_endpoints', 'view_secret', 'rotate_secret', 'send_test', 'replay'] as const;

export interface SessionOptions {
  readonly tenant: string;
  readonly capabilities?: readonly string[];
  readonly next?: string;
  readonly theme?: 'light' | 'dark';
  readonly returnUrl?: string | null;
}

/** The portal in a browser. */
export interface Portal {
  readonly target: Target;
  readonly api: Api;
  readonly receivers: Receivers;
  readonly browser: Browser;
  /** A tenant of the test's own. */
  tenant(): string;
  /** The link that begins a session. */
  link(options: SessionOptions): Promise<string>;
  /** A browser of the test's own, which notes whatever must not happen. */
  context(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** A page that is signed in. */
  open(options: SessionOptions, browser?: BrowserContextOptions): Promise<Page>;
}

/**
 * The browser for the tests of a file. Whatever they do, no page may ask another host, break the policy, or log an error:
 * each test fails that did. Those that cause errors on purpose take them out of `faults`.
 */
export function usePortal(): () => Portal & { readonly faults: string[] } {
  let portal: Portal | undefined;
  const faults: string[] = [];
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    const target = inject('product');
    if (whySkipped !== undefined || target === undefined) return;
    portal = await startPortal(target, faults, contexts);
  });
  afterEach(async () => {
    const found = faults.splice(0);
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(found, 'what the pages did that no page may do').toEqual([]);
  });
  afterAll(async () => {
    await portal?.browser.close();
    await portal?.receivers[Symbol.asyncDispose]();
  });
  return () => {
    if (portal === undefined) throw new Error('The browser runs only while tests run.');
    return { ...portal, faults };
  };
}

async function startPortal(target: Target, faults: string[], contexts: BrowserContext[]): Promise<Portal> {
  const api = createApi(target);
  const browser = await chromium.connect(inject('browser'));
  const receivers = await startReceivers(target.receiverHost);

  const link = async ({ tenant, capabilities = ALL, returnUrl = null, ...page }: SessionOptions): Promise<string> => {
    const body = { tenant, capabilities, return_url: returnUrl, ...page };
    const { text } = await api.request('POST', '/v1/portal-sessions', { body });
    return JSON.parse(text).url;
  };
  const context = async (options: BrowserContextOptions = {}): Promise<BrowserContext> => {
    const made = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    contexts.push(made);
    await watch(made, new URL(target.apiUrl).host, faults);
    return made;
  };
  return {
    ...{ target, api, receivers, browser, link, context },
    tenant: () => `portal-${randomUUID()}`,
    async open(options, browserOptions) {
      const page = await (await context(browserOptions)).newPage();
      await page.goto(await link(options));
      await page.getByRole('navigation', { name: 'Main' }).waitFor();
      return page;
    },
  };
}

/** Notes requests to other hosts than our own (the sites around frames are those of a test), broken policy, and errors. */
async function watch(context: BrowserContext, host: string, faults: string[]): Promise<void> {
  await context.exposeBinding('noteViolation', (_, what: string) => void faults.push(`policy: ${what}`));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      Reflect.get(globalThis, 'noteViolation')(`${violatedDirective} ${blockedURI}`);
    });
  });
  context.on('request', (request) => {
    const url = new URL(request.url());
    const isOurs = url.host === host || url.hostname.endsWith('.test') || ['data:', 'blob:'].includes(url.protocol);
    if (!isOurs) faults.push(`request to another host: ${url.origin}`);
  });
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  context.on('weberror', (fault) => faults.push(`thrown: ${fault.error()}`));
  context.on('dialog', (dialog) => {
    faults.push(`a script ran: ${dialog.message()}`);
    void dialog.dismiss();
  });
}
