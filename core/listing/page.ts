/** A page of a list, newest first. */
export interface Page<Item> {
  items: Item[];
  /** Where the next page begins; null at the end. */
  next: string | null;
}

/** A time range, in ms since the epoch: `from` inclusive, `to` exclusive, null for an open bound. */
export interface TimeRange {
  from: number | null;
  to: number | null;
}

/** One segment of a walk over a list, newest first. A position is where the walk continues after an item. */
export interface Segment<Item> {
  found: { item: Item; position: string }[];
  /** How many entries were examined, including expired ones. */
  examined: number;
  /** Where the next segment begins; null at the end of the list. */
  next: string | null;
}

/** Reads the segment after a position, of about `limit` entries. */
export type Walk<Item> = (after: string | null, limit: number) => Promise<Segment<Item>>;

/** Maximum entries that one request examines, however few match: it must end well before its function times out. */
export const EXAMINED_MAX = 1_000;
/** Entries per read while a filter searches for items. */
const SEGMENT = 100;

/**
 * Walks until a page is full. With a selective filter, a page may be short, even empty, and still have a `next`.
 */
export async function collectPage<Item>(
  walk: Walk<Item>,
  keep: (item: Item) => boolean,
  { limit, after }: { limit: number; after: string | null },
): Promise<Page<Item>> {
  const items: Item[] = [];
  let last = after;
  let at = after;
  let wanted = limit + 1;
  for (let examined = 0; examined < EXAMINED_MAX; wanted = SEGMENT) {
    const segment = await walk(at, wanted);
    for (const { item, position } of segment.found) {
      if (!keep(item)) continue;
      // One item more than the page holds shows that there is a next page.
      if (items.length === limit) return { items, next: last };
      items.push(item);
      last = position;
    }
    if (segment.next === null) return { items, next: null };
    at = segment.next;
    examined += Math.max(1, segment.examined);
  }
  return { items, next: at };
}

/** A page of a list ordered by id. Requests one item more, so that a full last page has no `next`. */
export async function listPage<Item extends { id: string }>(
  list: (limit: number) => Promise<Page<Item>>,
  limit: number,
): Promise<Page<Item>> {
  const { items, next } = await list(limit + 1);
  if (items.length <= limit) return { items, next };
  const kept = items.slice(0, limit);
  return { items: kept, next: kept.at(-1)?.id ?? null };
}
