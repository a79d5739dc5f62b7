import { advanced } from './advance.ts';
import type { UnsentDelivery } from './message.ts';
import type { DeliveryRecord } from './record.ts';

/** What people read of it. */
const WHY = 'filter: it takes more steps than this event allows';

/**
 * The record of a delivery that its endpoint's filter could not decide: dead, without a letter, since no message of it was
 * ever sent. A replay sends it, and does not ask the filter again. It is no news of its own: a filter that asks for too
 * much does so at many events, and its owner is told of the filter, once an hour.
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
