import { advanced } from './advance.ts';
import type { UnsentDelivery } from './message.ts';
import type { DeliveryRecord } from './record.ts';

/** Shown as its last error. */
const WHY = 'filter: it takes more steps than this event allows';

/**
 * The record of a delivery whose filter takes more steps than the event allows: dead, and without a dead letter, since no
 * message was sent. A replay sends it without evaluating the filter. It causes no operational event of its own: such a
 * filter fails at many events, so one event an hour tells the endpoint's owner of the filter.
 */
export function undecidedRecord(first: UnsentDelivery, nowMs: number): DeliveryRecord {
  const position = { cycle: first.cycle, step: first.step };
  const record = advanced(undefined, {
    message: first,
    position,
    next: position,
    status: 'dead',
    attemptCount: 0,
    lastError: WHY,
    deathReason: 'filter',
    nowMs,
  });
  if (record === undefined) throw new Error('A delivery without a record can always begin one.');
  return { ...record, outbox: [] };
}
