import axe from 'axe-core';
import type { Page } from 'playwright-core';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds on a page by WCAG 2.2, levels A and AA, and its best practices: a line for each. */
export async function axeFindings(page: Page, rules: 'all' | 'contrast'): Promise<string[]> {
  // By the browser's debugger, which the policy of the page does not bind; and once for each page that is loaded.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  const runOnly = rules === 'all' ? RULES : ['color-contrast'];
  return page.evaluate(async (runOnly) => {
    const { violations } = await Reflect.get(globalThis, 'axe').run(document, { runOnly, resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }: axe.Result) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
    );
  }, runOnly);
}

/** Whether a page is wider than its window. */
export const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
