import type { Clock, Wait } from '../clock.ts';
import type { DeliveryLedger } from '../deliveries/ledger.ts';
import type { DeliveryRecord } from '../deliveries/record.ts';
import { HEARTBEAT_TENANT } from '../tenant.ts';
import {
  HEARTBEAT_ENDPOINT_ID,
  HEARTBEAT_TYPE,
  type HeartbeatEndpointPorts,
  keepHeartbeatEndpoint,
} from './endpoint.ts';

/** The API's answer to a request to publish. */
export interface PublishAnswer {
  status: number;
  /** Undefined unless the event was accepted. */
  eventId: string | undefined;
}

export interface HeartbeatPorts {
  endpoint: HeartbeatEndpointPorts;
  /** Publishes by the API's own address, as a caller inside AWS does. Rejects if there is no answer in time. */
  publish: (body: string) => Promise<PublishAnswer>;
  ledger: Pick<DeliveryLedger, 'find'>;
  /** A heartbeat must be delivered within this time of its acceptance. */
  withinMs: number;
  clock: Clock;
  wait: Wait;
}

/** How a heartbeat went. `ms`: from the request to publish until the delivery was acknowledged. */
export type Heartbeat =
  | { arrived: true; eventId: string; ms: number }
  | { arrived: false; eventId: string | undefined; why: string };

/** The waits between two looks at the delivery: short ones first, and at most about 17 looks in all. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

/**
 * Sends an event of our own through the product and waits until it is delivered: by gateway, ingest, bus, queues, fan-out,
 * KMS, DNS, TLS and signature to the API's own route. One read a look, of the delivery's record.
 * @param url where it is delivered.
 */
export async function beat(url: string, ports: HeartbeatPorts): Promise<Heartbeat> {
  await keepHeartbeatEndpoint(url, ports.endpoint);
  const beganAt = ports.clock();
  const { status, eventId } = await ports.publish(
    JSON.stringify({ type: HEARTBEAT_TYPE, tenant: HEARTBEAT_TENANT, data: {} }),
  );
  if (eventId === undefined) {
    return { arrived: false, eventId, why: `Publishing was refused with status ${status}.` };
  }
  const record = await endOf(eventId, ports);
  if (record?.status === 'delivered') {
    return { arrived: true, eventId, ms: Math.max(0, (record.deliveredAt ?? record.updatedAt) - beganAt) };
  }
  return { arrived: false, eventId, why: `Not delivered within ${ports.withinMs / 1000} s: ${stateOf(record)}.` };
}

/** The delivery's record once it is delivered, or as it is when the time is over. */
async function endOf(
  eventId: string,
  { ledger, withinMs, clock, wait }: HeartbeatPorts,
): Promise<DeliveryRecord | undefined> {
  const until = clock() + withinMs;
  const key = { eventId, endpointId: HEARTBEAT_ENDPOINT_ID, wide: false };
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS)) {
    await wait(Math.min(waitMs, Math.max(0, until - clock())));
    const record = await ledger.find(key);
    if (record?.status === 'delivered' || clock() >= until) return record;
  }
}

function stateOf(record: DeliveryRecord | undefined): string {
  if (record === undefined) return 'no attempt is recorded, so it waits for the fan-out or in the delivery queue';
  const { status, attemptCount, lastError } = record;
  return `it is ${status} after ${attemptCount} attempts${lastError === null ? '' : `, the last of which failed: ${lastError}`}`;
}
