import { HOUR_MS } from '../../../core/durations.ts';
import type { Tally } from '../../../core/stats/tally.ts';
import { START } from '../../support/delivery-world.ts';

/** 2026-11-22T10:00:00.000Z. */
export const HOUR = START;

export function aTally(changes: Partial<Tally> = {}): Tally {
  return { endpointId: 'ep_1', tenant: 'acme', hour: HOUR, delivered: 1, failed: 0, latency: { 10: 1 }, ...changes };
}

export const hoursLater = (hours: number) => HOUR + hours * HOUR_MS;
