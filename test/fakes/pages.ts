import type { Page } from '../../core/listing/page.ts';

/** One page of a list by id, newest first. Values are copied. */
export function pageOf<Item extends { id: string }>(items: Item[], limit: number, after: string | null): Page<Item> {
  const newest = items.sort((one, other) => (one.id < other.id ? 1 : -1));
  const rest = after === null ? newest : newest.filter(({ id }) => id < after);
  const page = structuredClone(rest.slice(0, limit));
  return { items: page, next: rest.length > limit ? (page.at(-1)?.id ?? null) : null };
}
