import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { DeliveryReader } from '../../core/history/delivery-reader.ts';
import { type Item, text } from './client.ts';
import { readDeliveryItem } from './delivery-item.ts';
import { isUnexpired } from './event-item.ts';
import type { LedgerListOptions } from './event-lists.ts';
import { DELIVERY_PREFIX, deliveryKey, endpointDeliveries } from './keys.ts';
import { walkShards } from './sharded-list.ts';

/** Lists of the ledger's deliveries, by event and by endpoint. */
export function createDeliveryLists({ clock, listShards, ...rest }: LedgerListOptions): DeliveryReader {
  const read = (item: Item) => (isUnexpired(item, clock()) ? readDeliveryItem(item) : undefined);

  return {
    async ofEvent(eventId, after, limit) {
      // Above every endpoint id, or at the last one, which the bound includes and the filter drops.
      const { pk, sk: high } = deliveryKey(eventId, after ?? '~');
      const answer = await rest.client.send(
        new QueryCommand({
          TableName: rest.table,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :low AND :high',
          ExpressionAttributeValues: { ':pk': { S: pk }, ':low': { S: DELIVERY_PREFIX }, ':high': { S: high } },
          ScanIndexForward: false,
          ConsistentRead: true,
          Limit: limit + 1,
        }),
      );
      const items = (answer.Items ?? []).filter((item) => after === null || text(item, 'sk') !== high);
      const kept = items.slice(0, limit);
      const hasMore = items.length > kept.length || answer.LastEvaluatedKey !== undefined;
      const last = kept.at(-1);
      return {
        items: kept.map(read).filter((record) => record !== undefined),
        next: hasMore && last ? text(last, 'sk').slice(DELIVERY_PREFIX.length) : null,
      };
    },

    ofEndpoint(endpointId, range, after, limit) {
      const partitions = Array.from({ length: listShards }, (_, shard) => endpointDeliveries(endpointId, shard));
      return walkShards({ ...rest, index: 'listing', partitions, range, after, limit }, read);
    },
  };
}
