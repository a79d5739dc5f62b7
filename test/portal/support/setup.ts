import type { TestProject } from 'vitest/node';
import { freePorts, startProduct } from '../../e2e/support/product.ts';
import type { Target } from '../../e2e/support/target.ts';
import { whySkipped } from './chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    product: Target | undefined;
    /** Of the site that may frame the portal, and of one that may not. */
    framePorts: readonly [number, number];
  }
}

/** One running product for all tests of the portal: each has a tenant of its own. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const framePorts = await freePorts();
  project.provide('framePorts', framePorts);
  if (whySkipped !== undefined) {
    console.warn(`The tests of the portal are skipped. ${whySkipped}`);
    project.provide('product', undefined);
    return undefined;
  }
  const product = await startProduct({
    scheduleSeconds: 1,
    portalOrigins: [`http://shop.test:${framePorts[0]}`],
  });
  project.provide('product', product.target);
  return product.close;
}
