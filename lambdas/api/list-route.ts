import type * as z from 'zod';
import type { Operation } from './operation.ts';
import { type Checked, type Route, route } from './route.ts';

/** Lambda answers at most 6 MB, in which the text of a page is escaped once more. No item alone is so large. */
const PAGE_BYTES_MAX = 4 * 1024 * 1024;
/** What a UTF-16 unit of JSON text takes at most when it is escaped once more, in UTF-8. */
const UNIT_BYTES_MAX = 3;

interface ListAnswer {
  data: unknown[];
  next: string | null;
}

/** Joins a list's operation to what reads its pages. A page that is too large for an answer ends early. */
export function listRoute<Query extends z.ZodType<{ limit: number }>, Body extends z.ZodType>(
  operation: Operation<Query, Body>,
  read: (request: Checked<z.output<Query>, z.output<Body>>) => Promise<ListAnswer>,
): Route {
  return route(operation, async (request) => ({
    json: await fittingPage(request.query.limit, (limit) => read({ ...request, query: { ...request.query, limit } })),
  }));
}

/** Reads a shorter page again, so that its `next` is made as that of every page: few are so large. */
async function fittingPage(limit: number, read: (limit: number) => Promise<ListAnswer>): Promise<string> {
  const { data, next } = await read(limit);
  const items = data.map((item) => JSON.stringify(item));
  const fitting = Math.max(1, fittingIn(items));
  if (fitting < items.length) return fittingPage(fitting, read);
  return `{"data":[${items.join(',')}],"next":${JSON.stringify(next)}}`;
}

/** How many of the first items fit into a page. */
function fittingIn(items: string[]): number {
  // Nearly every page is far below the bound: that is seen without escaping it.
  const units = items.reduce((sum, { length }) => sum + length, 0);
  if (units * UNIT_BYTES_MAX <= PAGE_BYTES_MAX) return items.length;
  let bytes = 0;
  const first = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item));
    return bytes > PAGE_BYTES_MAX;
  });
  return first === -1 ? items.length : first;
}
