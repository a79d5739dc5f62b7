import type * as z from 'zod';
import type { Operation } from './operation.ts';
import { type Checked, type Route, route } from './route.ts';

/** A Lambda response holds at most 6 MB, in which a page's text is escaped once more. No single item is so large. */
const PAGE_BYTES_MAX = 4 * 1024 * 1024;
/** The most bytes of UTF-8 that one UTF-16 unit of JSON text takes when it is escaped once more. */
const UNIT_BYTES_MAX = 3;

interface ListAnswer {
  data: unknown[];
  next: string | null;
}

/** Joins a list operation to the function that reads its pages. A page too large for a response ends early. */
export function listRoute<Query extends z.ZodType<{ limit: number }>, Body extends z.ZodType>(
  operation: Operation<Query, Body>,
  read: (request: Checked<z.output<Query>, z.output<Body>>) => Promise<ListAnswer>,
): Route {
  return route(operation, async (request) => ({
    json: await fittingPage(request.query.limit, (limit) => read({ ...request, query: { ...request.query, limit } })),
  }));
}

/** Reads a shorter page again, so that its `next` is made as for any page. Few pages are so large. */
async function fittingPage(limit: number, read: (limit: number) => Promise<ListAnswer>): Promise<string> {
  const { data, next } = await read(limit);
  const items = data.map((item) => JSON.stringify(item));
  const fitting = Math.max(1, fittingIn(items));
  if (fitting < items.length) return fittingPage(fitting, read);
  return `{"data":[${items.join(',')}],"next":${JSON.stringify(next)}}`;
}

/** How many of the first items fit into a page. */
function fittingIn(items: string[]): number {
  // Nearly every page is far below the limit, and this shows it without escaping.
  const units = items.reduce((sum, { length }) => sum + length, 0);
  if (units * UNIT_BYTES_MAX <= PAGE_BYTES_MAX) return items.length;
  let bytes = 0;
  const first = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item));
    return bytes > PAGE_BYTES_MAX;
  });
  return first === -1 ? items.length : first;
}
