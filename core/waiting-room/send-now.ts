import { type Actor, type AuditTrail, auditEntry } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import { type DeliveryLedger, keyText } from '../deliveries/ledger.ts';
import type { DeliveryQueue } from '../deliveries/message.ts';
import type { DeliveryRecord, WaitingFor } from '../deliveries/record.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { deliveryId } from '../ids.ts';
import { Problem } from '../problem.ts';
import type { Random } from '../random.ts';
import { dispatch } from './sweep.ts';

export interface SendNowPorts {
  ledger: Pick<DeliveryLedger, 'load' | 'find' | 'put' | 'countDeaths'>;
  queue: DeliveryQueue;
  audit: AuditTrail;
  clock: Clock;
  random: Random;
}

/** Why a delivery waits, if it is not for its time: what has to be done instead. */
const INSTEAD: Record<Exclude<WaitingFor, 'backoff'>, string> = {
  paused: 'The endpoint is paused: set its state to active, and its deliveries are sent.',
  circuit:
    'The endpoint keeps failing and its circuit is open: test it when its receiver works again, which closes the circuit.',
  rate_limit: 'The delivery waits for its turn under the limit per second: raise the limit of the endpoint.',
};

/**
 * Sends a delivery that waits for its next attempt at once: what the sweep of the waiting room does when its time has come. The
 * audit entry comes first, then the message, then the record by compare and set: a crash after the message leaves one at the
 * record's position, which is live; the sweep's own, if it sends one too, is then stale.
 * @throws Problem `conflict` if it does not wait for a time.
 */
export async function sendNow(
  record: DeliveryRecord,
  { endpoint, actor }: { endpoint: Endpoint; actor: Actor },
  ports: SendNowPorts,
): Promise<DeliveryRecord> {
  refuse(record, endpoint);
  const object = deliveryId(record.eventId, record.endpointId);
  await ports.audit.append(auditEntry({ actor, action: 'delivery.sent_now', object, tenant: record.tenant }, ports));
  await dispatch([{ record, delaySeconds: 0 }], ports);
  const { records } = await ports.ledger.load([record], []);
  return records.get(keyText(record)) ?? record;
}

function refuse({ status, waitingFor }: DeliveryRecord, endpoint: Endpoint): void {
  if (status !== 'waiting') {
    throw new Problem(
      'conflict',
      `This delivery is ${status}: only one that waits for its next attempt can be sent now.`,
    );
  }
  if (endpoint.state === 'disabled') {
    throw new Problem('conflict', 'The endpoint is disabled: set its state to active first.');
  }
  if (waitingFor !== null && waitingFor !== 'backoff') throw new Problem('conflict', INSTEAD[waitingFor]);
}
