import type { Page, Route } from 'playwright-core';

type Item = Readonly<Record<string, unknown>> & { readonly id: string };

/**
 * Multiplies the first row of a list of the API: the page gets as many as are wanted, page by page, each with an id of its own.
 * It cannot tell them from ones that are there, and to make those would take longer than all that is tested with them.
 */
export async function multiply(page: Page, path: string, total: number): Promise<void> {
  const idOf = (first: Item, at: number) =>
    at === 0 ? first.id : `${first.id.slice(0, -5)}${String(at).padStart(5, '0')}`;
  let first: Item | undefined;
  const isOfList = (url: URL) => url.pathname === path;
  await page.route(isOfList, async (route: Route) => {
    const query = new URL(route.request().url()).searchParams;
    const limit = Number(query.get('limit'));
    const from = Number(query.get('cursor') ?? 0);
    if (first === undefined) {
      const { data } = await (await route.fetch()).json();
      first = data[0];
    }
    const model = first as Item;
    const data = Array.from({ length: Math.min(limit, total - from) }, (_, at) => ({
      ...model,
      id: idOf(model, from + at),
    }));
    await route.fulfill({ json: { data, next: from + limit < total ? String(from + limit) : null } });
  });
}
