import type { Item } from '../../../adapters/dynamodb/client.ts';
import { deliveryItem } from '../../../adapters/dynamodb/delivery-item.ts';
import { eventItem } from '../../../adapters/dynamodb/events.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { EventRecord } from '../../../core/events/event.ts';
import type { Call, Container } from '../engine/container.ts';
import { SHARDS, type World } from './world.ts';

/** What is written to the ledger, as items with the adapter's keys: each write counts for the partitions that it goes to. */
export const written = {
  record: (record: DeliveryRecord) => deliveryItem(record, { list: SHARDS, waiting: SHARDS }),
  event: (event: EventRecord) => eventItem(event, SHARDS),
};

/**
 * Takes the units of a write that is about to take effect. Only those of events and deliveries, as they grow with the
 * number of endpoints; an endpoint's own items are written a few times a second at most.
 * @throws InjectedFault if one of its partitions is used up: then it has no effect.
 */
export function takeUnits<Value>(
  world: World,
  container: Container,
  call: Call,
  { item, value, before }: { item: (value: Value) => Item; value: Value; before: Value | undefined },
): void {
  const { partitions } = world.aws;
  if (partitions === undefined) return;
  const usedUp = partitions.write(item(value), before && item(before));
  if (usedUp === undefined) return;
  world.note(call.about ?? [], `partition ${usedUp} is used up`);
  throw container.refused('throttled partition', call);
}
