import { createHash } from 'node:crypto';
import { type Actor, type AuditTrail, auditEntry } from '../audit/audit.ts';
import { type Clock, isoTime } from '../clock.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { OPERATIONAL_PREFIX } from '../event-types/name.ts';
import type { EventWriter, PayloadWriter } from '../events/accept.ts';
import { carryPayload } from '../events/accepted.ts';
import { buildEnvelope, payloadKey } from '../events/envelope.ts';
import type { EventRecord, FanoutLedger } from '../events/event.ts';
import { newId } from '../ids.ts';
import { Problem } from '../problem.ts';
import { type Random, randomToken } from '../random.ts';
import { refuseTenant } from '../tenant.ts';
import { type DeliveryQueue, firstMessage } from './message.ts';

export interface SendTestPorts {
  payloads: PayloadWriter;
  events: Pick<EventWriter, 'create'> & Pick<FanoutLedger, 'notePage'>;
  queue: DeliveryQueue;
  audit: AuditTrail;
  clock: Clock;
  random: Random;
  retentionMs: number;
}

/** The type of test events. No producer may publish it. */
export const TEST_EVENT_TYPE = `${OPERATIONAL_PREFIX}test`;

/** What a test sends; by default a `postrider.test` that says so. */
export interface TestContent {
  type?: string | undefined;
  version?: string | undefined;
  /** The text of `data`, which is sent as it is. */
  dataText?: string | undefined;
}

/**
 * Sends a test event to one endpoint, bypassing fan-out, subscription and filter. The audit entry comes first. Then the
 * order is that of a fan-out: stored, sent, noted as matched, so that no unsent delivery shows as pending. Whatever type the webhook
 * names, the event is listed as a `postrider.test`: no other endpoint ever gets it.
 * @returns the event, with the endpoint noted.
 * @throws Problem `conflict` when the endpoint is disabled, `invalid` when no event can be kept for its tenant.
 */
export async function sendTest(
  endpoint: Endpoint,
  content: TestContent,
  by: { actor: Actor; traceId: string },
  ports: SendTestPorts,
): Promise<EventRecord> {
  if (endpoint.state === 'disabled') {
    throw new Problem('conflict', 'The endpoint is disabled: set its state to active first, then test it.');
  }
  const { id: object, tenant } = endpoint;
  refuseTenant(tenant, []);
  await ports.audit.append(auditEntry({ actor: by.actor, action: 'endpoint.tested', object, tenant }, ports));
  const { event, body } = sampleEvent(endpoint, content, by.traceId, ports);
  await Promise.all([ports.payloads.put(event.payload.key, body), ports.events.create(event)]);
  await ports.queue.send([
    {
      message: {
        ...firstMessage({ ...event, payload: carryPayload(event.payload, body) }, endpoint.id),
        forced: true,
      },
      delaySeconds: 0,
    },
  ]);
  const page = { matched: 1, endpointIds: [endpoint.id], last: true };
  await ports.events.notePage(event.id, 0, page);
  return { ...event, fanout: { 0: page } };
}

function sampleEvent(
  { id: endpointId, tenant }: Endpoint,
  { type = TEST_EVENT_TYPE, version, dataText }: TestContent,
  traceId: string,
  { clock, random, retentionMs }: SendTestPorts,
): { event: EventRecord; body: string } {
  const acceptedAt = clock();
  const id = newId('evt', acceptedAt, random);
  const timestamp = isoTime(acceptedAt);
  const data = { message: 'This is a test event from Postrider.', endpoint_id: endpointId };
  const input = { type, data, ...(version !== undefined && { version }) };
  const body = buildEnvelope({ id, timestamp, input, dataText: dataText ?? JSON.stringify(data) });
  const sizeBytes = Buffer.byteLength(body);
  const event: EventRecord = {
    id,
    tenant,
    type: TEST_EVENT_TYPE,
    timestamp,
    acceptedAt,
    sizeBytes,
    payload: { key: payloadKey(tenant, id, body), offset: 0, length: sizeBytes },
    requestHash: createHash('sha256').update(body).digest('base64url'),
    nonce: randomToken(random),
    traceId,
    expiresAt: acceptedAt + retentionMs,
    fanout: {},
  };
  return { event, body };
}
