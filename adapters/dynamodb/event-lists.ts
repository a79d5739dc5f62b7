import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock, Wait } from '../../core/clock.ts';
import type { EventReader } from '../../core/history/event-reader.ts';
import { isUnexpired, readEventItem } from './event-item.ts';
import { allEvents, tenantEvents } from './keys.ts';
import { walkShards } from './sharded-list.ts';

export interface LedgerListOptions {
  client: DynamoDBClient;
  table: string;
  clock: Clock;
  wait: Wait;
  listShards: number;
}

/** Lists of the ledger's events, by tenant and across all. */
export function createEventLists({ clock, listShards, ...rest }: LedgerListOptions): Pick<EventReader, 'walk'> {
  return {
    walk(tenant, range, after, limit) {
      const partitions = Array.from({ length: listShards }, (_, shard) =>
        tenant === null ? allEvents(shard) : tenantEvents(tenant, shard),
      );
      const index = tenant === null ? 'sparse' : 'listing';
      return walkShards({ ...rest, index, partitions, range, after, limit }, (item) =>
        isUnexpired(item, clock()) ? readEventItem(item) : undefined,
      );
    },
  };
}
