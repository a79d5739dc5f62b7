import type { Clock } from '../clock.ts';
import { startOf } from '../deliveries/advance.ts';
import { type DeliveryKey, type DeliveryLedger, keyText, loadReadable } from '../deliveries/ledger.ts';
import { firstMessage } from '../deliveries/message.ts';
import { TEST_EVENT_TYPE } from '../deliveries/send-test.ts';
import { MINUTE_MS } from '../durations.ts';
import { type EventRecord, notedEndpoints } from '../events/event.ts';
import type { Faults } from '../faults.ts';

export interface PendingPorts {
  records: Pick<DeliveryLedger, 'load' | 'find' | 'put'>;
  clock: Clock;
}

/** The message that may be late and not lost records its attempt by then; otherwise one of the two claims the POST. */
const SENT_AFTER_MS = MINUTE_MS;

/** The deliveries that a fan-out has noted, up to 100 in all. */
export function notedDeliveries({ id, wide, fanout }: Pick<EventRecord, 'id' | 'wide' | 'fanout'>): DeliveryKey[] {
  return notedEndpoints({ fanout }).map((endpointId) => ({ eventId: id, endpointId, wide }));
}

/**
 * Puts deliveries of an event into the waiting room that were fanned out and have no record, because their first message was
 * lost. The sweep sends them from there; from then on a record continues them.
 * @returns false if some have to be put there, and there is no room for them now.
 */
export async function restorePending(
  event: EventRecord,
  hasRoom: () => Promise<boolean>,
  faults: Faults,
  { records, clock }: PendingPorts,
): Promise<boolean> {
  const keys = notedDeliveries(event);
  const known = new Set((await loadReadable(records, keys, faults)).map(keyText));
  const pending = keys.filter((key) => !known.has(keyText(key)));
  if (pending.length === 0) return true;
  if (!(await hasRoom())) return false;
  for (const { endpointId } of pending) {
    const forced = event.type === TEST_EVENT_TYPE;
    const begun = startOf({ ...firstMessage(event, endpointId), ...(forced && { forced }) }, clock());
    const nextAttemptAt = clock() + SENT_AFTER_MS;
    await records.put({ ...begun, status: 'waiting', waitingFor: 'backoff', nextAttemptAt, revision: 1 }, null);
  }
  return true;
}
