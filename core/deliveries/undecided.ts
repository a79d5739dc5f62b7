import { advanced } from './advance.ts';
import type { UnsentDelivery } from './message.ts';
import type { DeliveryRecord } from './record.ts';

/** Shown as its last error. */
const LAST_ERROR = 'filter: it takes more steps than this event allows';

/**
 * The record of a delivery whose filter takes more steps than the event allows: dead, and without a dead letter, since no
 * message was sent. A replay sends it without evaluating the filter. It emits no operational event of its own: such a
 * filter exceeds its limit on many events, so the endpoint's owner is notified once an hour instead.
 */
export function undecidedRecord(first: UnsentDelivery, nowMs: number): DeliveryRecord {
  const position = { cycle: first.cycle, step: first.step };
  const record = advanced(undefined, {
    message: first,
    position,
    next: position,
    status: 'dead',
    attemptCount: 0,
    lastError: LAST_ERROR,
    deathReason: 'filter',
    nowMs,
  });
  if (record === undefined) throw new Error('A delivery without a record can always begin one.');
  return { ...record, outbox: [] };
}
