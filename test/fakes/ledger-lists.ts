import { type Clock, isoTime } from '../../core/clock.ts';
import type { DeliveryRecord } from '../../core/deliveries/record.ts';
import type { EventRecord } from '../../core/events/event.ts';
import type { DeliveryReader, EventReader } from '../../core/history/readers.ts';
import type { Segment, TimeRange } from '../../core/listing/page.ts';
import { HEARTBEAT_TENANT } from '../../core/tenant.ts';

export interface MemoryLists {
  events: Map<string, EventRecord>;
  records: Map<string, DeliveryRecord>;
  clock: Clock;
}

interface Entry<Item> {
  item: Item;
  at: number;
  position: string;
}

/** Lists over a memory ledger. As in the ledger, expired entries are examined but not shown. */
export function createMemoryLists({ events, records, clock }: MemoryLists): DeliveryReader & Pick<EventReader, 'walk'> {
  function segment<Item extends { expiresAt: number }>(
    entries: Entry<Item>[],
    range: TimeRange,
    after: string | null,
    limit: number,
  ): Segment<Item> {
    const rest = entries
      .filter(({ at }) => at >= (range.from ?? 0) && at < (range.to ?? Number.POSITIVE_INFINITY))
      .sort((one, other) => (one.position < other.position ? 1 : -1))
      .filter(({ position }) => after === null || position < after);
    const looked = rest.slice(0, limit);
    const found = looked.filter(({ item }) => item.expiresAt > clock());
    return {
      found: found.map(({ item, position }) => ({ item: structuredClone(item), position })),
      examined: looked.length,
      next: rest.length > limit ? (looked.at(-1)?.position ?? null) : null,
    };
  }

  const everything: TimeRange = { from: null, to: null };

  return {
    async walk(tenant, range, after, limit) {
      const entries = [...events.values()]
        .filter((event) => (tenant === null ? event.tenant !== HEARTBEAT_TENANT : event.tenant === tenant))
        .map((item) => ({ item, at: item.acceptedAt, position: `${isoTime(item.acceptedAt)}#${item.id}` }));
      return segment(entries, range, after, limit);
    },

    async ofEvent({ id, wide = false }, after, limit) {
      const entries = [...records.values()]
        .filter((record) => record.eventId === id && record.wide === wide)
        .map((item) => ({ item, at: item.createdAt, position: item.endpointId }));
      const { found, next } = segment(entries, everything, after, limit);
      return { items: found.map(({ item }) => item), next };
    },

    async ofEndpoint(endpointId, range, after, limit) {
      const entries = [...records.values()]
        .filter((record) => record.endpointId === endpointId)
        .map((item) => ({ item, at: item.createdAt, position: `${isoTime(item.createdAt)}#${item.eventId}` }));
      return segment(entries, range, after, limit);
    },
  };
}
