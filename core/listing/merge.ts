import type { Segment } from './page.ts';

/**
 * Merges parts of a list, each newest first from the same position on, into one segment of at most `limit` items. It ends where
 * the first part that goes on ends: beyond that it would have gaps. An item that several parts have is in it once.
 */
export function merged<Item>(parts: readonly Omit<Segment<Item>, 'examined'>[], limit: number): Segment<Item> {
  const end =
    parts
      .map(({ next }) => next ?? '')
      .sort()
      .at(-1) ?? '';
  const byPosition = new Map(parts.flatMap(({ found }) => found).map((one) => [one.position, one]));
  const all = [...byPosition.values()]
    .filter(({ position }) => position >= end)
    .sort((one, other) => (one.position < other.position ? 1 : -1));
  const found = all.slice(0, limit);
  const isCut = all.length > found.length;
  return { found, examined: found.length, next: isCut ? (found.at(-1)?.position ?? null) : end || null };
}
