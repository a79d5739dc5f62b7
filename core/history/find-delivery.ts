import { type DeliveryIds, type DeliveryLedger, findByIds } from '../deliveries/ledger.ts';
import type { DeliveryRecord } from '../deliveries/record.ts';
import { type EventRecord, notedEndpoints } from '../events/event.ts';
import type { EventReader } from './readers.ts';

/** A delivery that has a record, or that is only noted by its event's fan-out. */
export type FoundDelivery = { record: DeliveryRecord } | { pendingOf: EventRecord };

export interface FindDeliveryPorts {
  ledger: Pick<DeliveryLedger, 'load'>;
  events: Pick<EventReader, 'find'>;
}

/** Finds a delivery, whether or not it has a record yet. */
export async function findDelivery(key: DeliveryIds, ports: FindDeliveryPorts): Promise<FoundDelivery | undefined> {
  const record = await findByIds(key, ports.ledger);
  if (record !== undefined) return { record };
  const event = (await ports.events.find([key.eventId])).get(key.eventId);
  return event !== undefined && notedEndpoints(event).includes(key.endpointId) ? { pendingOf: event } : undefined;
}
