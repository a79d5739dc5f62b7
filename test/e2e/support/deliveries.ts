import { expect } from 'vitest';
import type { Api, Delivery } from './api.ts';
import { eventually, type Patience } from './eventually.ts';

/** Waits until an event's only delivery is as expected. */
export function untilDelivery(
  api: Api,
  eventId: string,
  wanted: Partial<Delivery>,
  patience?: Patience,
): Promise<Delivery> {
  return eventually(async () => {
    const { deliveries } = await api.event(eventId);
    expect(deliveries).toMatchObject([wanted]);
    const [delivery] = deliveries;
    if (delivery === undefined) throw new Error(`Event ${eventId} has no delivery.`);
    return delivery;
  }, patience);
}
