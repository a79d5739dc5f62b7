import { MINUTE_MS } from '../durations.ts';
import { patternsMatching } from '../event-types/pattern.ts';
import type { AcceptedEvent } from '../events/accepted.ts';
import type { Subscription, SubscriptionReader } from '../subscriptions/subscription.ts';
import type { PageCursor } from './message.ts';

/** Endpoints per page: sending their messages takes about 20 calls, far below the function's timeout. */
export const PAGE_SIZE = 200;
/**
 * An endpoint whose patterns changed at most this long before the event may appear on two pages of its fan-out, or on
 * none of those where it belongs. Covers the longest change, and clock skew.
 */
const CHANGE_MS = MINUTE_MS;

interface PagePorts {
  subscriptions: SubscriptionReader;
}

/** Where a further page begins; the rest of its cursor is known only after the filters are evaluated. */
export type NextPage = Omit<PageCursor, 'noted' | 'wide'>;

export interface Page {
  entries: Subscription[];
  next: NextPage | undefined;
}

/** The page of a small tenant, chosen from its whole index. */
export function onlyPage(all: Subscription[], { type }: AcceptedEvent, ports: PagePorts): Page {
  const patterns = patternsMatching(type);
  return {
    entries: inOrder(
      onePerEndpoint(all, patterns, () => false),
      patterns,
      ports,
    ),
    next: undefined,
  };
}

/** A page of a large tenant: the entries under the patterns that match, a page per message. */
export async function findPage(tenant: string, event: AcceptedEvent, at: PageCursor, ports: PagePorts): Promise<Page> {
  const patterns = patternsMatching(event.type);
  const { entries, next } = await ports.subscriptions.page(tenant, patterns[at.pattern] ?? '', at.after, PAGE_SIZE);
  const chosen = onePerEndpoint(entries, patterns, (entry) => isChanging(entry, event));
  const onward = next === null ? { pattern: at.pattern + 1, after: null } : { pattern: at.pattern, after: next };
  const following = { ...onward, page: at.page + 1 };
  return { entries: chosen, next: following.pattern < patterns.length ? following : undefined };
}

/** Whether an endpoint's patterns may have changed while the pages of this fan-out were read. */
export function isChanging({ changedAt }: Subscription, { acceptedAt }: AcceptedEvent): boolean {
  return changedAt !== undefined && changedAt > acceptedAt - CHANGE_MS;
}

/**
 * An endpoint that matches by several patterns is taken under the most specific one, so that pages are independent; one
 * whose patterns change meanwhile is taken wherever it appears.
 */
function onePerEndpoint(
  entries: Subscription[],
  patterns: string[],
  moves: (entry: Subscription) => boolean,
): Subscription[] {
  const chosen = new Map<string, Subscription>();
  for (const entry of entries) {
    const first = patterns.find((pattern) => entry.patterns.includes(pattern));
    if (entry.pattern !== first && !moves(entry)) continue;
    // A change of patterns that stopped half-way may have left an entry that no later change removed.
    const other = chosen.get(entry.endpointId);
    if (other === undefined || other.version <= entry.version) chosen.set(entry.endpointId, entry);
  }
  return [...chosen.values()];
}

/** The order of further pages: by pattern, then by position in the index. */
function inOrder(entries: Subscription[], patterns: string[], { subscriptions }: PagePorts): Subscription[] {
  if (entries.every(({ filter }) => filter === null)) return entries;
  const places = entries.map((entry) => ({
    entry,
    pattern: patterns.indexOf(entry.pattern),
    position: subscriptions.positionOf(entry),
  }));
  places.sort((one, other) => one.pattern - other.pattern || (one.position < other.position ? -1 : 1));
  return places.map(({ entry }) => entry);
}
