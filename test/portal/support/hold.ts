import type { Page } from 'playwright-core';

/** Holds the answers to some requests until it is told otherwise, and counts the requests. */
export async function hold(page: Page, url: RegExp, method = 'GET') {
  const held = Promise.withResolvers<void>();
  let asked = 0;
  await page.route(url, async (route) => {
    if (route.request().method() !== method) return route.fallback();
    asked += 1;
    await held.promise;
    await route.continue();
  });
  return { release: held.resolve, asked: () => asked };
}
