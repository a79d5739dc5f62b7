import type { TestProject } from 'vitest/node';
import { launch, whySkipped } from '../../../bench/portal/chromium.ts';
import { freePorts, startProduct } from '../../e2e/support/product.ts';
import type { Target } from '../../e2e/support/target.ts';

declare module 'vitest' {
  interface ProvidedContext {
    product: Target | undefined;
    /** Where the browser is reached. */
    browser: string;
    /** Of the site that may frame the portal, and of one that may not. */
    framePorts: readonly [number, number];
  }
}

/** One running product and one browser for all tests of the portal: each has a tenant and a context of its own. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const framePorts = await freePorts();
  project.provide('framePorts', framePorts);
  if (whySkipped !== undefined) {
    console.warn(`The tests of the portal are skipped. ${whySkipped}`);
    project.provide('product', undefined);
    project.provide('browser', '');
    return undefined;
  }
  const [product, browser] = await Promise.all([
    startProduct({ scheduleSeconds: 1, portalOrigins: [`http://shop.test:${framePorts[0]}`] }),
    launch(),
  ]);
  project.provide('product', product.target);
  project.provide('browser', browser.wsEndpoint());
  return async () => {
    await browser.close();
    await product.close();
  };
}
