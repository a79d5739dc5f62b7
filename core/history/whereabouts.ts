import type { DeliveryRecord } from '../deliveries/record.ts';

export const WHEREABOUTS = ['delivery_queue', 'waiting_room', 'dead_letter_queue'] as const;
export type Whereabouts = (typeof WHEREABOUTS)[number];

/** What decides whether a dead letter is still in its queue, in ms. */
export interface DeadLetterLife {
  nowMs: number;
  retentionMs: number;
}

/** Where the message of a delivery is, by its record; null when it has none, or its dead letter has expired. */
export function whereaboutsOf(record: DeliveryRecord, { nowMs, retentionMs }: DeadLetterLife): Whereabouts | null {
  switch (record.status) {
    case 'retrying':
      return 'delivery_queue';
    case 'waiting':
      // Over the rate limit, a copy with a slot is on its way; everything else that waits has no message.
      return record.slot === null ? 'waiting_room' : 'delivery_queue';
    case 'dead':
      return record.deadLetter !== null && nowMs < record.deadLetter.sentAt + retentionMs ? 'dead_letter_queue' : null;
    case 'delivered':
    case 'discarded':
      return null;
  }
}
