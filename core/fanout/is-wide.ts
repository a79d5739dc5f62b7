import type { AcceptedEvent } from '../events/accepted.ts';
import type { EventRecord, FanoutLedger } from '../events/event.ts';
import type { PageCursor } from './message.ts';

interface FannedOut {
  event: AcceptedEvent;
  cursor: PageCursor | undefined;
  /** Read only if the event may have been fanned out before. */
  record: EventRecord | undefined;
  redelivered: boolean;
  /** Whether the tenant has more subscriptions than one read of its index holds. */
  isLarge: boolean;
}

/**
 * Whether an event is wide: to a tenant with so many subscriptions that its deliveries are spread over partitions. It
 * decides where their records are, so every fan-out of an event must decide alike, also when the tenant grows or shrinks
 * in between. So a mark on the event comes before the first message, and the first mark stands. Only a first fan-out
 * that finds a small tenant writes none: its noted page says the same. If it is repeated before that page is noted, by
 * which time the tenant has become large, deliveries have two records: they are then sent twice, and none is lost.
 */
export async function isWide(
  { event, cursor, record, redelivered, isLarge }: FannedOut,
  ledger: Pick<FanoutLedger, 'markWide'>,
): Promise<boolean> {
  if (cursor !== undefined) return cursor.wide === true;
  if (record?.wide !== undefined) return record.wide;
  const isFirst = !redelivered && event.repeat !== true;
  return isFirst && !isLarge ? false : ledger.markWide(event.id, isLarge);
}
