import { SYSTEM } from '../audit/audit.ts';
import { type ChangePorts, changeEndpoint, storeNewEndpoint } from '../endpoints/change.ts';
import { type Endpoint, FIRST_VERSION, newEndpoint, shownSettings } from '../endpoints/endpoint.ts';
import { NO_HEADERS } from '../endpoints/headers.ts';
import { type EndpointSettings, endpointSettings, fieldsOf } from '../endpoints/settings.ts';
import { currentSeal, type SealerPorts } from '../secrets/vault.ts';
import { newSecret } from '../signing/secret.ts';
import { HEARTBEAT_TENANT } from '../tenant.ts';

/** The id of the heartbeat's endpoint: always the same, and older than any other, so that two runs cannot create two. */
export const HEARTBEAT_ENDPOINT_ID = 'ep_00000000000000000heartbeat';
/** The type of its events. Not a reserved one: it is published as any producer's events are. */
export const HEARTBEAT_TYPE = 'postrider_heartbeat';

export interface HeartbeatEndpointPorts extends ChangePorts {
  sealer: SealerPorts;
}

/**
 * Creates the heartbeat's endpoint if there is none, and sets right what differs: the URL after the API got another one, or
 * what somebody changed. One read if nothing does. Harmless when repeated, or when two do it at once: one of two new
 * endpoints is stored, with its own secret.
 */
export async function keepHeartbeatEndpoint(url: string, ports: HeartbeatEndpointPorts): Promise<void> {
  const settings = endpointSettings.parse({
    url,
    description: 'The heartbeat of Postrider itself.',
    event_types: [HEARTBEAT_TYPE],
    timeout_seconds: 10,
    // About 19 days: heartbeats of an outage arrive once it is over, and are not left behind as dead letters.
    retry_policy: { max_attempts: 45 },
  });
  const found = await ports.endpoints.find(HEARTBEAT_ENDPOINT_ID);
  if (found === undefined) return create(settings, ports);
  if (isAsWanted(found.endpoint, settings)) return;
  const change = (current: Endpoint): Endpoint =>
    isAsWanted(current, settings)
      ? current
      : { ...current, ...fieldsOf(settings), disabledReason: null, updatedAt: ports.clock() };
  await changeEndpoint(HEARTBEAT_ENDPOINT_ID, change, ports, { actor: SYSTEM, reindex: true });
}

/** A former try may have written the index and not the endpoint: both are written again. */
async function create(settings: EndpointSettings, ports: HeartbeatEndpointPorts): Promise<void> {
  const own = { id: HEARTBEAT_ENDPOINT_ID, tenant: HEARTBEAT_TENANT };
  const seal = await currentSeal(ports.sealer);
  const secret = seal(newSecret(ports.random), {
    purpose: 'signing',
    tenant: own.tenant,
    endpointId: own.id,
    version: FIRST_VERSION,
  });
  await storeNewEndpoint(newEndpoint({ ...own, settings, secret, headers: NO_HEADERS }, ports.clock()), SYSTEM, ports);
}

const isAsWanted = (endpoint: Endpoint, settings: EndpointSettings) =>
  JSON.stringify(shownSettings(endpoint)) === JSON.stringify(settings);
