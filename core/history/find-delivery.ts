import type { DeliveryKey, DeliveryLedger } from '../deliveries/ledger.ts';
import type { DeliveryRecord } from '../deliveries/record.ts';
import { type EventRecord, notedEndpoints } from '../events/event.ts';
import type { EventReader } from './readers.ts';

/** A delivery that has a record, or that is only noted by its event's fan-out. */
export type FoundDelivery = { record: DeliveryRecord } | { pendingOf: EventRecord };

export interface FindDeliveryPorts {
  ledger: Pick<DeliveryLedger, 'find'>;
  events: Pick<EventReader, 'find'>;
}

/** Finds a delivery, whether or not it has a record yet. */
export async function findDelivery(key: DeliveryKey, ports: FindDeliveryPorts): Promise<FoundDelivery | undefined> {
  const record = await ports.ledger.find(key);
  if (record !== undefined) return { record };
  const event = (await ports.events.find([key.eventId])).get(key.eventId);
  return event !== undefined && notedEndpoints(event).includes(key.endpointId) ? { pendingOf: event } : undefined;
}
