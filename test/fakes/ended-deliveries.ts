import type { DeliveryRecord } from '../../core/deliveries/record.ts';
import { type EndedDeliveries, endedAs } from '../../core/deliveries/work-lists.ts';

/** Deliveries that failed, or have notices in the outbox, over the records of a memory ledger: one shard. */
export function createMemoryEndedDeliveries(records: ReadonlyMap<string, DeliveryRecord>): EndedDeliveries {
  const positionOf = (record: DeliveryRecord) =>
    `${new Date(record.updatedAt).toISOString()}#${record.eventId}/${record.endpointId}`;
  const page = (chosen: DeliveryRecord[], after: string | null, limit: number) => {
    const left = chosen
      .filter((record) => after === null || positionOf(record) > after)
      .sort((one, other) => (positionOf(one) < positionOf(other) ? -1 : 1));
    const items = left.slice(0, limit);
    const last = items.at(-1);
    return {
      keys: items.map(({ eventId, endpointId, wide }) => ({ eventId, endpointId, wide })),
      next: left.length > limit && last ? positionOf(last) : null,
    };
  };
  return {
    ended: async (_shard, how, { from, to }, after, limit) =>
      page(
        [...records.values()].filter(
          (record) =>
            endedAs(record) === how &&
            record.updatedAt >= (from ?? 0) &&
            record.updatedAt < (to ?? Number.POSITIVE_INFINITY),
        ),
        after,
        limit,
      ),
    // A waiting delivery is in the waiting room instead.
    withNotices: async (_shard, after, limit) =>
      page(
        [...records.values()].filter(({ outbox, status }) => outbox.length > 0 && status !== 'waiting'),
        after,
        limit,
      ),
  };
}
