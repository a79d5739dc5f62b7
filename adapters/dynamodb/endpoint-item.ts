import type { AuditEntry } from '../../core/audit/audit.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { auditAttributes, isTombstone } from './audited-item.ts';
import type { Item } from './client.ts';
import { text } from './client.ts';
import { endpointKey, keyAttributes, tenantEndpoints } from './keys.ts';

/**
 * An endpoint as an item of the registry, with the audit entry of its change; its indexes list by tenant and across
 * all.
 */
export function endpointItem(endpoint: Endpoint, entry: AuditEntry | null): Item {
  return {
    ...keyAttributes(endpointKey(endpoint.id)),
    tenant_pk: { S: tenantEndpoints(endpoint.tenant) },
    kind_pk: { S: 'ENDPOINT' },
    list_sk: { S: endpoint.id },
    version: { N: String(endpoint.version) },
    doc: { S: JSON.stringify(endpoint) },
    ...(entry !== null && auditAttributes(entry)),
  };
}

/** The endpoint of an item that was read by its key; undefined if it was deleted. */
export function livingEndpoint(item: Item): Endpoint | undefined {
  return isTombstone(item) ? undefined : readEndpointItem(item);
}

/** Reads the item of an endpoint that is not deleted, as in lists. */
export function readEndpointItem(item: Item): Endpoint {
  const endpoint: Endpoint = JSON.parse(text(item, 'doc'));
  return endpoint;
}
