import { type Actor, type AuditTrail, auditEntry } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { deliveryId } from '../ids.ts';
import { Problem } from '../problem.ts';
import type { Random } from '../random.ts';
import { messageOf, nextCycle } from './advance.ts';
import { type DeliveryLedger, updateRecord } from './ledger.ts';
import type { DeliveryQueue } from './message.ts';
import { EXPIRY_MARGIN_MS } from './outcome.ts';
import { type DeliveryRecord, isFinal } from './record.ts';

export interface ReplayPorts {
  ledger: Pick<DeliveryLedger, 'find' | 'put' | 'countDeaths'>;
  queue: DeliveryQueue;
  audit: AuditTrail;
  clock: Clock;
  random: Random;
}

/**
 * Sends one finished delivery again, as a new cycle. The audit entry comes first, then the message, then the record: a
 * crash after the message leaves one whose cycle is newer than the record's, which is live.
 * @throws Problem `conflict` while a cycle is running or the endpoint is disabled, `gone` when the payload has expired.
 */
export async function replay(
  record: DeliveryRecord,
  { endpoint, actor }: { endpoint: Endpoint; actor: Actor },
  ports: ReplayPorts,
): Promise<DeliveryRecord> {
  refuse(record, endpoint, ports.clock());
  const object = deliveryId(record.eventId, record.endpointId);
  await ports.audit.append(auditEntry({ actor, action: 'delivery.replayed', object, tenant: record.tenant }, ports));
  const next = { cycle: record.next.cycle + 1, step: 1 };
  const begun = (current: DeliveryRecord): DeliveryRecord => ({
    ...nextCycle(current, next, ports.clock()),
    nextAttemptAt: ports.clock(),
    forced: true,
  });
  await ports.queue.send([{ message: messageOf(begun(record)), delaySeconds: 0 }]);
  const { record: now } = await updateRecord(ports.ledger, record, record, (current) =>
    current && current.next.cycle === record.next.cycle ? begun(current) : undefined,
  );
  return now ?? record;
}

function refuse(record: DeliveryRecord, endpoint: Endpoint, nowMs: number): void {
  if (!isFinal(record.status)) {
    throw new Problem('conflict', 'This delivery is still in progress: it is retried automatically.');
  }
  if (endpoint.state === 'disabled') {
    throw new Problem('conflict', 'The endpoint is disabled: set its state to active first, then replay.');
  }
  if (nowMs > record.expiresAt - EXPIRY_MARGIN_MS) {
    throw new Problem('gone', "The event's payload has expired: publish the event again.");
  }
}
