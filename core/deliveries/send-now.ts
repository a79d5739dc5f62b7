import { type Actor, auditEntry } from '../audit/audit.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { deliveryId } from '../ids.ts';
import { Problem } from '../problem.ts';
import { messageOf } from './advance.ts';
import { updateRecord } from './ledger.ts';
import { EXPIRY_MARGIN_MS } from './outcome.ts';
import { type DeliveryRecord, isFinal } from './record.ts';
import type { ReplayPorts } from './replay.ts';

/**
 * Sends the next attempt of a waiting delivery at once, at the same cycle and step: a copy that the scheduled sweep or
 * release sends meanwhile is the same message, of which one makes the POST. The audit entry comes first, then the message,
 * then the record: a crash after the message leaves a delivery that waits and is sent twice, never one that is lost.
 * @param endpoint undefined if it was deleted.
 * @returns the record as it is then: others may have moved it further.
 * @throws Problem `conflict` when the delivery does not wait, has a slot, or would only be held or discarded; `gone` when
 *   its payload is about to expire.
 */
export async function sendNow(
  record: DeliveryRecord,
  { endpoint, actor }: { endpoint: Endpoint | undefined; actor: Actor },
  ports: ReplayPorts,
): Promise<DeliveryRecord> {
  refuse(record, endpoint, ports.clock());
  const object = deliveryId(record.eventId, record.endpointId);
  await ports.audit.append(auditEntry({ actor, action: 'delivery.sent_now', object, tenant: record.tenant }, ports));
  await ports.queue.send([{ message: { ...messageOf(record), requested: true }, delaySeconds: 0 }]);
  const { record: now } = await updateRecord(ports.ledger, record, record, (current) => {
    const isSame = current?.next.cycle === record.next.cycle && current.next.step === record.next.step;
    if (current?.status !== 'waiting' || !isSame) return undefined;
    const nowMs = ports.clock();
    return { ...current, status: 'retrying', waitingFor: null, nextAttemptAt: nowMs, updatedAt: nowMs };
  });
  return now ?? record;
}

function refuse(record: DeliveryRecord, endpoint: Endpoint | undefined, nowMs: number): void {
  const { status, slot, expiresAt } = record;
  if (isFinal(status)) throw conflict('This delivery has ended: replay it.');
  if (status !== 'waiting') {
    throw conflict('This delivery does not wait: its attempt is under way, or made within 15 minutes.');
  }
  if (slot !== null) {
    throw conflict("This delivery has a slot within 15 minutes: raise the endpoint's rate limit to send more at once.");
  }
  if (endpoint === undefined) throw conflict('The endpoint of this delivery was deleted: it cannot be sent.');
  if (endpoint.state === 'disabled') {
    throw conflict('The endpoint is disabled: set its state to active first, then send.');
  }
  if (endpoint.state === 'paused') {
    throw conflict('The endpoint is paused: set its state to active, and all that it holds is sent.');
  }
  if (nowMs > expiresAt - EXPIRY_MARGIN_MS) {
    throw new Problem('gone', "The event's payload has expired: publish the event again.");
  }
}

const conflict = (detail: string) => new Problem('conflict', detail);
